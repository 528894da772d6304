import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { type FileIdentity, fileIdentity } from "./file-identity.ts";
import type { Process } from "./process.ts";
import { readProcess } from "./read-process.ts";
import { copyWithLibraries, isRoot, start, temporaryDirectory, until } from "./start-process.test-kit.ts";

function read(pid: number): Process {
  const process = readProcess(DEFAULT_PROCFS, pid);
  if (!process.ok) throw new Error(process.failure);
  return process.value;
}

/** Starts a copy of sleep at this path. */
function startCopy(path: string): number {
  copyFileSync("/bin/sleep", path);
  return start(path, ["1000"]).pid;
}

function identityOf(path: string): FileIdentity {
  return fileIdentity(statSync(path, { bigint: true }));
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
  return first.ino === second.ino && first.dev === second.dev;
}

describe("executables, on real processes", () => {
  it("that is there", () => {
    const path = `${temporaryDirectory()}/a b`;
    const pid = startCopy(path);
    expect(read(pid)).toMatchObject({ path, exeKind: "file", root: "/", realPath: `/proc/${pid}/root${path}` });
    expect(read(pid).executable).toEqual(identityOf(path));
  });

  it("that was removed", () => {
    const path = `${temporaryDirectory()}/x`;
    const pid = startCopy(path);
    const { ctime: before = 0n, ...file } = identityOf(path);
    rmSync(path);
    expect(read(pid)).toMatchObject({ path, exeKind: "deleted", executable: file });
    expect(read(pid)).not.toHaveProperty("realPath");
    // Who removes a name of a file changes its inode.
    expect(read(pid).executable?.ctime).toBeGreaterThanOrEqual(before);
  });

  it("that was replaced", () => {
    const path = `${temporaryDirectory()}/x`;
    const pid = startCopy(path);
    copyFileSync("/bin/true", `${path}.new`);
    const { device, inode, size, mtime } = identityOf(path);
    renameSync(`${path}.new`, path);
    expect(read(pid)).toMatchObject({ path, exeKind: "deleted", executable: { device, inode, size, mtime } });
    expect(identityOf(path).inode).not.toBe(inode);
    expect(read(pid)).not.toHaveProperty("realPath");
  });

  it("that is really named so", () => {
    const path = `${temporaryDirectory()}/x (deleted)`;
    const pid = startCopy(path);
    expect(read(pid)).toMatchObject({ path, exeKind: "file", realPath: `/proc/${pid}/root${path}` });
    rmSync(path);
    expect(read(pid)).toMatchObject({ path, exeKind: "deleted" });
  });

  it("that was removed while another file has its name with (deleted)", () => {
    const path = `${temporaryDirectory()}/x`;
    const pid = startCopy(path);
    copyFileSync("/bin/true", `${path} (deleted)`);
    rmSync(path);
    expect(read(pid)).toMatchObject({ path, exeKind: "deleted" });
  });

  it("that has another name left", () => {
    const path = `${temporaryDirectory()}/x`;
    const pid = startCopy(path);
    linkSync(path, `${path}2`);
    rmSync(path);
    expect(read(pid)).toMatchObject({ path, exeKind: "deleted" });
  });

  it("whose name is not UTF-8", async () => {
    const directory = temporaryDirectory();
    const child = start("/bin/sh", ["-c", `f=$(printf '${directory}/\\377'); cp /bin/sleep "$f"; exec "$f" 1000`]);
    await until(() => read(child.pid).path?.startsWith(directory) === true);
    expect(read(child.pid)).toMatchObject({
      path: `${directory}/\udcff`,
      exeKind: "file",
      realPath: `/proc/${child.pid}/root${directory}/\udcff`,
    });
  });

  const perl = existsSync("/usr/bin/perl") && ["x64", "arm64"].includes(process.arch);
  it.runIf(perl)("in a memfd (needs perl, to make one)", async () => {
    const number = process.arch === "x64" ? 319 : 279;
    const code = `open(S,"<","/bin/sleep");binmode S;local $/;$d=<S>;$n="a (deleted) b";$f=syscall(${number},$n,0);
      open(M,">&=",$f);binmode M;syswrite M,$d;exec {"/proc/self/fd/$f"} "x","1000"`;
    const { pid } = start("/usr/bin/perl", ["-e", code]);
    await until(() => read(pid).exeKind === "memfd");
    expect(read(pid)).toMatchObject({ path: "/memfd:a (deleted) b", exeKind: "memfd", args: ["x", "1000"] });
    expect(read(pid).executable).toEqual(identityOf(`/proc/${pid}/exe`));
    expect(read(pid).executable?.size).toBe(statSync("/bin/sleep", { bigint: true }).size);
    expect(read(pid)).not.toHaveProperty("realPath");
  });

  it.runIf(isRoot)("whose removed file only looks like a memfd (needs root)", () => {
    const path = "/memfd:procmon-test";
    try {
      const pid = startCopy(path);
      expect(read(pid)).toMatchObject({ path, exeKind: "file" });
      rmSync(path);
      expect(read(pid)).toMatchObject({ path, exeKind: "deleted" });
    } finally {
      rmSync(path, { force: true });
    }
  });

  it.runIf(isRoot)("on a tmpfs at the root that only looks like a memfd (needs root)", async () => {
    // In a mount namespace whose root is a tmpfs, the path is exactly that of a memfd, in the same kind of file system.
    const root = `${temporaryDirectory()}/root`;
    mkdirSync(root);
    const inner = "exec /memfd:x -c 'rm /memfd:x; read x'";
    const script = `mount -t tmpfs none ${root} && cp -a ${root}-files/. ${root}/ && cd ${root} && mv bin/sh memfd:x &&
      mkdir -p old proc && pivot_root . old && ${inner}`;
    for (const program of ["/bin/sh", "/bin/rm"]) copyWithLibraries(program, `${root}-files`);
    const { pid } = start("unshare", ["-m", "/bin/sh", "-c", script]);
    await until(() => read(pid).exeKind === "deleted");
    expect(read(pid)).toMatchObject({ path: "/memfd:x", exeKind: "deleted" });
  });

  it.runIf(isRoot)("in a root of its own (needs root)", async () => {
    const root = temporaryDirectory();
    copyWithLibraries("/bin/sleep", root);
    const { pid } = start("chroot", [root, "/bin/sleep", "1000"]);
    await until(() => read(pid).comm === "sleep");
    const found = read(pid);
    expect(found).toMatchObject({ root, path: `${root}/bin/sleep`, exeKind: "file" });
    expect(found.realPath).toBe(`/proc/${pid}/root/bin/sleep`);
    expect(isSame(`/proc/${pid}/root/bin/sleep`, `/proc/${pid}/exe`)).toBe(true);
    expect(found.executable).toEqual(identityOf(`${root}/bin/sleep`));
  });

  it.runIf(isRoot)(
    "that went into another root later, where a file of that name is another one (needs root)",
    async () => {
      const root = temporaryDirectory();
      mkdirSync(`${root}/usr/bin`, { recursive: true });
      copyFileSync("/bin/true", `${root}/usr/bin/perl`);
      const { pid } = start("perl", ["-e", `chroot "${root}" or die; chdir "/"; sleep 1000`]);
      await until(() => read(pid).root === root);
      expect(read(pid)).toMatchObject({ path: "/usr/bin/perl", exeKind: "file" });
      expect(read(pid)).not.toHaveProperty("realPath");
    },
  );

  it.runIf(isRoot)("in another mount namespace, where that path leads elsewhere from here (needs root)", async () => {
    const directory = temporaryDirectory();
    copyFileSync("/bin/true", `${directory}/x`);
    const script = `mount -t tmpfs none ${directory} && cp /bin/sleep ${directory}/x && exec ${directory}/x 1000`;
    const { pid } = start("unshare", ["-m", "/bin/sh", "-c", script]);
    await until(() => read(pid).comm === "x");
    const found = read(pid);
    expect(found).toMatchObject({ path: `${directory}/x`, exeKind: "file" });
    expect(readFileSync(found.realPath ?? "")).toEqual(readFileSync("/bin/sleep"));
    expect(found.executable).toEqual(identityOf(found.realPath ?? ""));
    expect(found.executable?.inode).not.toBe(identityOf(`${directory}/x`).inode);
  });
});
