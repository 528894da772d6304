import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { type Procfs, processFile } from "@procmon/core";
import type { SockDiag } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";

/**
 * The tables of a process's network namespace; undefined where it is in another than `wanted` by now, or has ended. They are those of the
 * namespace that was checked, whoever the pid is later.
 *
 * @throws NativeError as `openSockDiag` does
 */
export function openInNamespace(
  procfs: Procfs,
  native: NativeAccess,
  pid: number,
  wanted: number,
): SockDiag | undefined {
  let netns: number;
  try {
    netns = openSync(processFile(procfs, pid, "ns/net"), "r");
  } catch {
    return undefined;
  }
  try {
    return fstatSync(netns).ino === wanted ? native.openSockDiag({ netns }) : undefined;
  } finally {
    closeSync(netns);
  }
}

/** The number of this process's network namespace; undefined where this procfs does not show the process. */
export function ownNamespace(procfs: Procfs): number | undefined {
  try {
    return statSync(`${procfs.root}/self/ns/net`).ino;
  } catch {
    return undefined;
  }
}
