import type { Process } from "@procmon/core";
import { flatText } from "../flat-text.ts";

const ARGUMENTS = 11;
const VARIABLES = 40;
const GENERATIONS = 17;

/** A process as a desktop has it: 11 arguments, 40 variables, 17 generations. Its texts are flat ones, as those that come from the kernel. */
export function sampleProcess(): Process {
  const env: Record<string, string> = Object.create(null);
  for (let i = 0; i < VARIABLES; i++) env[flatText(`VARIABLE_${i}`)] = flatText(`/usr/lib/value/number/${i}/and/more`);
  return {
    pid: 4242,
    startTime: 987_654_321n,
    ppid: 4200,
    uid: 1000,
    gid: 1000,
    uids: { real: 1000, effective: 1000, saved: 1000 },
    gids: { real: 1000, effective: 1000, saved: 1000 },
    user: "ann",
    comm: "curl",
    path: "/usr/bin/curl",
    realPath: "/proc/4242/root/usr/bin/curl",
    root: "/",
    args: Array.from({ length: ARGUMENTS }, (_, i) => flatText(`--argument-number=${i}`)),
    cwd: "/home/ann",
    env,
    tree: Array.from({ length: GENERATIONS }, (_, i) => ({
      pid: 1000 + i,
      startTime: 123_456n + BigInt(i),
      comm: flatText(`some-daemon-${i}`),
      path: flatText(`/usr/lib/systemd/some-daemon-${i}`),
    })),
    executable: { device: 2049, inode: 123_456n, size: 300_000n, mtime: 1_760_000_000_123_456_789n },
    checksums: { "process.hash.md5": "d41d8cd98f00b204e9800998ecf8427e" },
    checksumStatus: "ok",
    exeKind: "file",
    cgroup: "/user.slice/user-1000.slice/session-2.scope",
    netns: 4_026_531_840,
    state: "S",
  };
}
