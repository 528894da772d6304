import { describe, expect, it } from "vitest";
import { executedFile } from "./executed-file.ts";
import { exec } from "./processes.test-kit.ts";

type Exec = ReturnType<typeof exec>;

/** The inode of the file that is said to run. */
function inodeOf(exe: string, args: readonly string[], names: readonly string[], more: Partial<Exec> = {}): unknown {
  const files = names.map((name, item) => ({ name, inode: item + 1, device: 8 }));
  return executedFile(exec(500, { exe }, { args, files, cwd: "/srv", ...more }))?.inode;
}

const LINKER = "/lib64/ld-linux-x86-64.so.2";

describe("the file that a process runs", () => {
  it("is told with its device", () => {
    const files = [{ name: "/bin/x", inode: 5, device: 0x801 }, { name: LINKER }];
    expect(executedFile(exec(500, {}, { files }))).toEqual({ device: 0x801, inode: 5n });
  });

  it.each<[string, string, string[], string[]]>([
    ["a program", "/bin/x", ["x", "1"], ["/bin/x", LINKER]],
    ["one of a link's name", "/usr/bin/dash", ["sh"], ["/bin/sh", LINKER]],
    ["one without a linker", "/bin/x", ["x"], ["/bin/x"]],
    ["one of a relative name", "/srv/x", ["./x"], ["./x", LINKER]],
    ["one that names itself", "/bin/x", ["x", "/bin/x"], ["/bin/x", LINKER]],
    ["one without arguments", "/bin/x", [], ["/bin/x", LINKER]],
    ["one by its descriptor", "/memfd:x (deleted)", ["x", "1"], ["", LINKER]],
    ["the linker, run by itself", "/usr/lib/ld.so", ["ld.so", "/bin/x"], [LINKER]],
  ])("is what was asked to run: %s", (_, exe, args, names) => {
    expect(inodeOf(exe, args, names)).toBe(1n);
  });

  it.each<[string, string, string[], string[], bigint]>([
    ["with its linker", "/usr/bin/dash", ["/bin/sh", "./a", "1"], ["./a", "/bin/sh", LINKER], 2n],
    ["without one", "/opt/odd", ["/opt/odd", "-x", "/a"], ["/a", "/opt/odd"], 2n],
    ["of a script that is one", "/usr/bin/dash", ["/bin/sh", "/b", "/a"], ["/a", "/b", "/bin/sh", LINKER], 3n],
    ["of such a one, without a linker", "/opt/link", ["/opt/odd", "/b", "/a"], ["/a", "/b", "/opt/odd"], 3n],
  ])("is the interpreter of a script: %s", (_, exe, args, names, inode) => {
    expect(inodeOf(exe, args, names)).toBe(inode);
  });

  it.each<[string, string, string[], string[], Partial<Exec>?]>([
    ["a program may say that it is a script", "/opt/link", ["/bin/sh", "/a"], ["/a", "/bin/sh"]],
    ["a script may be run by its descriptor", "/opt/link", ["/bin/sh", "/dev/fd/3"], ["", "/bin/sh"]],
    ["a script may be run in a folder by its descriptor", "/opt/link", ["/bin/sh", "/dev/fd/3/a"], ["a", "/bin/sh"]],
    ["the interpreter is one that the kernel has open", "/opt/qemu", ["/opt/qemu", "/a"], ["/a"]],
    ["names are left out", "/usr/bin/dash", ["/bin/sh", "/a"], ["/a", "", ""]],
    ["an interpreter is its own linker", "/opt/link", ["/opt/odd", "/a"], ["/a", "/opt/odd", "/opt/odd"]],
    ["arguments are missing", "/usr/bin/dash", ["/bin/sh"], ["/a", "/bin/sh"], { argsTruncated: true }],
    ["records are missing", "/bin/x", ["x"], ["/bin/x", LINKER], { complete: false }],
    ["there are no files", "/bin/x", ["x"], []],
  ])("is not certain where %s", (_, ...exec) => {
    expect(inodeOf(...exec)).toBeUndefined();
  });

  it("is not certain without its inode or its device, or where two files had that name", () => {
    const named = { name: "/bin/x" };
    const of = (...files: Exec["files"]) => executedFile(exec(500, {}, { args: ["/bin/x", "/bin/x"], files }));
    expect(of({ ...named, inode: 1 })).toBeUndefined();
    expect(of({ ...named, device: 1 })).toBeUndefined();
    expect(of({ ...named, inode: 1, device: 1 }, { ...named, inode: 2, device: 1 })).toBeUndefined();
    expect(of({ ...named, inode: 1, device: 1 }, { ...named, inode: 1, device: 1 })).toEqual({ device: 1, inode: 1n });
  });
});
