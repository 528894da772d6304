import { expect, it } from "vitest";
import { absolutePath, executableOf, runsExecutable } from "./executable-name.ts";

it.each([
  ["/bin/x", undefined, undefined, { path: "/bin/x", exeKind: "file" }],
  ["/bin/x (deleted)", "/bin/x", "/", { path: "/bin/x", exeKind: "deleted" }],
  ["/bin/x (deleted)", undefined, "/", { path: "/bin/x", exeKind: "deleted" }],
  ["/bin/x (deleted)", "x (deleted)", "/", { path: "/bin/x (deleted)", exeKind: "file" }],
  ["/memfd:a b (deleted)", "/dev/fd/3", "/jail", { path: "/memfd:a b", exeKind: "memfd" }],
  ["/bin/x", "/bin/x", "/jail", { path: "/jail/bin/x", exeKind: "file" }],
  ["/bin/x (deleted)", "/bin/x", "/jail", { path: "/jail/bin/x", exeKind: "deleted" }],
  ["", undefined, "/jail", { path: "", exeKind: "file" }],
])("%s, asked for as %s below %s", (exe, asked, root, expected) => {
  const file = asked === undefined ? undefined : { name: asked };
  expect(executableOf(exe, file, "/bin", root)).toEqual(expected);
});

it("makes names absolute where that can be done", () => {
  expect(absolutePath("../x", "/srv/a")).toBe("/srv/x");
  expect(absolutePath("/x", undefined)).toBe("/x");
  for (const name of ["", "/dev/fd/3"]) expect(absolutePath(name, "/")).toBeUndefined();
  expect(absolutePath("x", undefined)).toBeUndefined();
  expect(absolutePath("x", "gone")).toBeUndefined();
});

it("knows an executable by its end, as a changed root shows it", () => {
  const process = { pid: 1, startTime: 1n, ppid: 0, comm: "", path: "/jail/bin/x" };
  for (const exe of ["/jail/bin/x", "/bin/x", "/bin/x (deleted)"]) expect(runsExecutable(process, exe)).toBe(true);
  for (const exe of ["/bin/y", "x", "n/x", ""]) expect(runsExecutable(process, exe)).toBe(false);
});
