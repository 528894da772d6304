import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { createFakeProcfs, createScene, exec, PID, stat } from "./processes.test-kit.ts";

type Files = Parameters<typeof exec>[2];

function scriptFor(exe: string, more: Files, procfs = createFakeProcfs()): string | undefined {
  const { tracker } = createScene({ procfs });
  return tracker.apply(exec(500, { exe }, { cwd: "/srv", ...more }), { stat: stat(499) })?.script?.path;
}

const loader = { name: "/lib64/ld-linux-x86-64.so.2" };
const odd = { name: "/opt/odd" };

it.each<[string, string, Files, string | undefined]>([
  ["a script", "/opt/odd", { args: ["/opt/odd", "./a", "1"], files: [{ name: "./a" }, odd, loader] }, "/srv/a"],
  ["one with an option", "/opt/odd", { args: ["/opt/odd", "-x", "/a"], files: [{ name: "/a" }, odd, loader] }, "/a"],
  [
    "an interpreter by a link",
    "/usr/bin/dash",
    { args: ["/bin/sh", "/a"], files: [{ name: "/a" }, { name: "/bin/sh" }, loader] },
    "/a",
  ],
  [
    "a script as interpreter",
    "/opt/odd",
    { args: ["/opt/odd", "/b", "/a"], files: [{ name: "/a" }, { name: "/b" }, odd, loader] },
    "/a",
  ],
  ["names left out", "/opt/odd", { args: ["/opt/odd", "/a"], files: [{ name: "/a" }, { name: "" }] }, "/a"],
  ["no script", "/opt/odd", { args: ["/opt/odd", "/a"], files: [odd, loader] }, undefined],
  ["a program that names itself", "/opt/odd", { args: ["odd", "/opt/odd"], files: [odd, loader] }, undefined],
  [
    "a descriptor",
    "/opt/odd",
    { args: ["/opt/odd", "/dev/fd/3"], files: [{ name: "/dev/fd/3" }, odd, loader] },
    undefined,
  ],
  ["no files", "/opt/odd", { args: ["/opt/odd", "/a"], files: [] }, undefined],
  ["no arguments", "/opt/odd", { args: [], files: [{ name: "/a" }, odd] }, undefined],
])("%s", (_, exe, more, expected) => {
  expect(scriptFor(exe, more)).toBe(expected);
});

it("does not believe arguments that make an executable look like a script", () => {
  const files = [{ name: "/link", inode: statSync("/bin/true").ino }, loader];
  const more = { args: [loader.name, "/link"], files };
  expect(scriptFor("/bin/true", more)).toBe("/link");
  const procfs = createFakeProcfs();
  procfs.put(PID, { start: 499, exe: "/bin/true" });
  expect(scriptFor("/bin/true", more, procfs)).toBeUndefined();
});

it("asks a known interpreter's arguments where the kernel was not asked for a script", () => {
  const procfs = createFakeProcfs();
  procfs.put(PID, { start: 499, exe: "/bin/true" });
  const more = { args: ["bash", "-e", "/etc/passwd"], files: [{ name: "/usr/bin/bash" }, loader] };
  expect(scriptFor("/usr/bin/bash", more, procfs)).toBe("/etc/passwd");
  expect(scriptFor("/usr/bin/bash", { ...more, args: ["bash", "-c", "/etc/passwd"] }, procfs)).toBeUndefined();
});
