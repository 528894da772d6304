import type { Mount } from "./parse-mountinfo.ts";
import type { Procfs } from "./procfs.ts";
import { readMountinfo } from "./read-mountinfo.ts";
import type { ReadOutcome } from "./read-outcome.ts";

/**
 * What a procfs hides from those who are not in its group (proc(5), mount options):
 * - `off`: nothing but what needs a privilege anyway.
 * - `noaccess`: the files of other users' processes.
 * - `invisible`: that there are other users' processes.
 * - `ptraceable`: all processes that the reader may not trace.
 */
export type HidepidMode = "off" | "noaccess" | "invisible" | "ptraceable";

/** The mount options of a procfs that hide processes. */
export interface Hidepid {
  readonly mode: HidepidMode;
  /** Members of this group see everything. */
  readonly gid?: number;
  /** As mounted, for messages, for example `hidepid=invisible`; empty with `off`. */
  readonly option: string;
}

const MODES: Readonly<Record<string, HidepidMode>> = {
  "0": "off",
  off: "off",
  "1": "noaccess",
  noaccess: "noaccess",
  "2": "invisible",
  invisible: "invisible",
  "4": "ptraceable",
  ptraceable: "ptraceable",
};

/** How this procfs is mounted. Whether the reader is exempt (its group, CAP_SYS_PTRACE) is another question. */
export function readHidepid(procfs: Procfs): ReadOutcome<Hidepid> {
  const mounts = readMountinfo(procfs, "self");
  if (!mounts.ok) return mounts;
  return { ok: true, value: findHidepid(mounts.value, procfs.root) };
}

/** The options of the procfs at `root`: of several mounts on one directory the last covers the others. */
export function findHidepid(mounts: readonly Mount[], root: string): Hidepid {
  const mount = mounts.findLast((each) => each.mountPoint === root && each.type === "proc");
  const option = mount?.superOptions.find((each) => each.startsWith("hidepid="));
  const mode = MODES[option?.slice("hidepid=".length) ?? "off"] ?? "off";
  const gid = Number(mount?.superOptions.find((each) => each.startsWith("gid="))?.slice("gid=".length));
  return {
    mode,
    option: mode === "off" ? "" : (option ?? ""),
    ...(Number.isSafeInteger(gid) ? { gid } : {}),
  };
}
