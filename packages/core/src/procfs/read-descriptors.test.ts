import { execFileSync } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { startShell, temporaryDirectory } from "../process/start-process.test-kit.ts";
import { DEFAULT_PROCFS } from "./procfs.ts";
import { readDescriptors } from "./read-descriptors.ts";

it("tells files, directories, pipes and devices apart, with size, flags, position and time", async () => {
  const directory = temporaryDirectory();
  writeFileSync(`${directory}/file`, "12345");
  writeFileSync(`${directory}/socket:[1]`, "");
  execFileSync("mkfifo", [`${directory}/fifo`]);
  const { child } = await startShell(
    "exec 3>>file 4<. 5<>fifo 6</dev/null 7<'socket:[1]' 8>removed 9<file; rm removed; printf x >&3; read y <&9; echo x; read x",
    { cwd: directory },
  );
  const before = BigInt(Date.now()) * 1_000_000n;
  const read = readDescriptors(DEFAULT_PROCFS, child.pid);
  if (!read.ok) throw new Error(read.failure);
  const { descriptors, total } = read.value;
  expect(total).toBe(descriptors.length);
  const byFd = new Map(descriptors.map((descriptor) => [descriptor.fd, descriptor]));
  expect(byFd.get(0)).toMatchObject({ kind: expect.stringMatching(/^(pipe|socket)$/), inode: expect.any(Number) });
  expect(byFd.get(3)).toMatchObject({ kind: "file", target: `${directory}/file`, size: 6n, position: 6n });
  expect((byFd.get(3)?.flags ?? 0) & 0o2000).toBe(0o2000);
  expect(byFd.get(4)).toMatchObject({ kind: "directory", target: directory });
  expect(byFd.get(5)).toMatchObject({ kind: "fifo" });
  expect(byFd.get(6)).toMatchObject({ kind: "device", target: "/dev/null" });
  expect(byFd.get(7)).toMatchObject({ kind: "file", target: `${directory}/socket:[1]` });
  expect(byFd.get(7)).not.toHaveProperty("inode");
  expect(byFd.get(8)).toMatchObject({ kind: "file", target: `${directory}/removed (deleted)` });
  expect(byFd.get(9)?.position).toBeGreaterThan(0n);
  const time = byFd.get(3)?.time ?? 0n;
  expect(time).toBeLessThan(before + 60_000_000_000n);
  expect(time).toBeGreaterThan(before - 60_000_000_000n);
  const cut = readDescriptors(DEFAULT_PROCFS, child.pid, { limit: 2 });
  expect(cut.ok && cut.value.descriptors.map(({ fd }) => fd)).toEqual([0, 1]);
  expect(cut.ok && cut.value.total).toBe(total);
});

it("gives the inode of a socket", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const read = readDescriptors(DEFAULT_PROCFS, process.pid);
    const inodes = read.ok ? read.value.descriptors.flatMap((d) => (d.kind === "socket" ? [[d.fd, d.inode]] : [])) : [];
    expect(inodes.length).toBeGreaterThan(0);
    for (const [fd, inode] of inodes) expect(statSync(`/proc/self/fd/${fd}`).ino).toBe(inode);
  } finally {
    server.close();
  }
});

it("does not take a removed file for a memfd because of its name", async () => {
  const directory = temporaryDirectory();
  const { child } = await startShell('exec 3>"memfd:x"; rm "memfd:x"; echo x; read x', { cwd: directory });
  const read = readDescriptors(DEFAULT_PROCFS, child.pid);
  expect(read.ok && read.value.descriptors.find(({ fd }) => fd === 3)?.kind).toBe("file");
  rmSync(directory, { recursive: true });
});
