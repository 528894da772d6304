import { copyFileSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import type { Monitor } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imagesOf, lastImage, ownFolder, runToEnd } from "./support/processes.ts";
import { recordTold, type ToldEvents } from "./support/told-events.ts";
import { watch } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");

describe.skipIf(missing)("the executable of a process", () => {
  let monitor: Monitor;
  let events: ToldEvents;
  const program = missing === undefined ? fixturePath("short-life") : "";

  beforeAll(async () => {
    ({ monitor } = await watch());
    events = recordTold(monitor);
  });

  afterAll(() => monitor.stop());

  it("is told with its arguments, also when it ends at once", async () => {
    const pid = runToEnd(program, ["one", "0"]);
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({ path: program, exeKind: "file", args: [program, "one", "0"] });
  });

  it("is the file itself, not a link to it", async () => {
    using folder = ownFolder();
    symlinkSync(program, folder.file("link"));
    const pid = runToEnd(folder.file("link"), ["0"]);
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({ path: program, args: [folder.file("link"), "0"] });
  });

  it.each([
    ["is removed", "rm"],
    ["gives way to another file", "mv other"],
    ["has another name left", "ln copy another && rm"],
  ])("is told by its name, as deleted, when that name %s before", async (_, command) => {
    using folder = ownFolder();
    copyFileSync(program, folder.file("copy"));
    copyFileSync(program, folder.file("other"));
    // An open descriptor is another way to a file.
    const pid = runToEnd("/bin/sh", ["-c", `exec 7<copy; ${command} copy; exec /proc/self/fd/7 0`], {
      cwd: folder.path,
    });
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({ path: folder.file("copy"), exeKind: "deleted" });
  });

  it("is told by the name by which it was run, of several", async () => {
    using folder = ownFolder();
    copyFileSync(program, folder.file("one"));
    linkSync(folder.file("one"), folder.file("two"));
    const pid = runToEnd(folder.file("two"), ["0"]);
    renameSync(folder.file("two"), folder.file("three"));
    const renamed = runToEnd(folder.file("three"), ["0"]);
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({ path: folder.file("two"), exeKind: "file" });
    expect(lastImage(events, renamed)).toMatchObject({ path: folder.file("three"), exeKind: "file" });
  });

  it("may be no file at all", async () => {
    await using fixture = await spawnFixture("odd-process", ["memfd", "hidden"]);
    await events.caughtUp();
    expect(lastImage(events, fixture.pid)).toMatchObject({
      path: "/memfd:hidden",
      exeKind: "memfd",
      args: ["from-memfd"],
    });
    expect(imagesOf(events, fixture.pid)).toHaveLength(2);
  });

  it("is told from the machine's root, where the process has a root of its own", async () => {
    using folder = ownFolder();
    mkdirSync(folder.file("bin"));
    copyFileSync(program, folder.file("bin/copy"));
    const pid = runToEnd(fixturePath("enter"), [`chroot=${folder.path}`, "/bin/copy", "0"]);
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({
      ...{ path: folder.file("bin/copy"), exeKind: "file", root: folder.path, cwd: folder.path },
      args: ["/bin/copy", "0"],
    });
  });

  it("is told by its name in the process's own mounts", async () => {
    using folder = ownFolder();
    mkdirSync(folder.file("inside"));
    mkdirSync(folder.file("outside"));
    copyFileSync(program, folder.file("outside/copy"));
    const mounted = `mount,bind=${folder.file("outside")}:${folder.file("inside")}`;
    const pid = runToEnd(fixturePath("enter"), [mounted, folder.file("inside/copy"), "0"]);
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({ path: folder.file("inside/copy"), exeKind: "file" });
  });

  it.each(["x".repeat(255), "\u{1f600} with space", "new\nline", "\\back", ".."])(
    "is told as it is, whatever its name: %j",
    async (name) => {
      using folder = ownFolder();
      mkdirSync(folder.file(`..${name.slice(0, 200)}`));
      const path = folder.file(`..${name.slice(0, 200)}/${name === ".." ? "..." : name}`);
      copyFileSync(program, path);
      const pid = runToEnd(path, ["0"]);
      await events.caughtUp();
      expect(lastImage(events, pid).path).toBe(path);
    },
  );

  it("is told whole, in many folders", async () => {
    using folder = ownFolder();
    const deep = folder.file("0123456789/".repeat(40));
    mkdirSync(deep, { recursive: true });
    copyFileSync(program, `${deep}copy`);
    const pid = runToEnd(`${deep}copy`, ["0"], { cwd: deep });
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({ path: `${deep}copy`, cwd: deep.slice(0, -1) });
  });

  describe("that is a script", () => {
    it.each([
      ["/bin/sh", "", "/bin/sh"],
      ["/bin/sh", " -e", "/bin/sh"],
      ["/usr/bin/env", " sh", "/usr/bin/env"],
    ])(
      "is its interpreter, and the script is told though it is gone at once: #!%s%s",
      async (interpreter, argument) => {
        using folder = ownFolder();
        const script = folder.file("script");
        writeFileSync(script, `#!${interpreter}${argument}\nrm -- "$0"\n`, { mode: 0o755 });
        const pid = runToEnd(script, ["one"]);
        await events.caughtUp();
        const [image] = imagesOf(events, pid);
        expect(image?.script?.path).toBe(script);
        expect(image?.exeKind).toBe("script");
        expect(image?.args).toEqual([interpreter, ...(argument ? [argument.trim()] : []), script, "one"]);
        expect(image?.path).toBe(image?.script?.interpreter);
      },
    );

    it("is told by its whole path, where it was named from its folder", async () => {
      using folder = ownFolder();
      writeFileSync(folder.file("script"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
      const pid = runToEnd("./script", [], { cwd: folder.path });
      await events.caughtUp();
      expect(lastImage(events, pid).script?.path).toBe(folder.file("script"));
    });

    it("is told where a shell was given it", async () => {
      using folder = ownFolder();
      writeFileSync(folder.file("script"), "exit 3\n");
      const pid = runToEnd("/bin/sh", [folder.file("script")]);
      await events.caughtUp();
      expect(lastImage(events, pid).args).toEqual(["/bin/sh", folder.file("script")]);
    });
  });
});
