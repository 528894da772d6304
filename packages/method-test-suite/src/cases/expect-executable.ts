import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { deviceNumber, type FileIdentity, fileIdentity } from "@procmon/core";

/** Holds that what is told of a process's executable is true of the file at this path. Nothing need be told. */
export function expectExecutable(told: FileIdentity | undefined, path: string): void {
  if (told === undefined) return;
  const fd = openSync(path, "r");
  try {
    const file = fileIdentity(fstatSync(fd, { bigint: true }));
    for (const name of ["inode", "size", "mtime", "ctime"] as const) {
      if (told[name] !== undefined)
        assert.equal(told[name], file[name], `the executable's ${name} is that of the file`);
    }
    assert.equal(typeof told.inode, "bigint", "an executable has an inode");
    assert.ok(
      [file.device, mountedDevice(fd)].includes(told.device),
      `device ${told.device} is not ${file.device}, the file's`,
    );
  } finally {
    closeSync(fd);
  }
}

/** The device of the mount: what the kernel itself tells of a file on btrfs, or on an overlay of several file systems. */
function mountedDevice(fd: number): number | undefined {
  const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
  // proc_pid_mountinfo(5): mount, parent, major:minor.
  const line = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) `, "m").exec(readFileSync("/proc/self/mountinfo", "utf8"));
  return line === null ? undefined : deviceNumber(Number(line[1]), Number(line[2]));
}
