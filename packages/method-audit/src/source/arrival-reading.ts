import type { ProcStat } from "@procmon/core";
import type { CapturedFile, CapturedSocket } from "@procmon/native";

/** What was read of a process the moment a record about it arrived. Only what the netlink sources read; of one that was gone already, nothing is here. */
export interface ArrivalReading {
  readonly stat?: ProcStat;
  /** Of an exec: the bytes of `/proc/<pid>/cgroup`. */
  readonly cgroup?: Uint8Array;
  /** Of an exec: the process's root directory. */
  readonly root?: string;
  /** Of an exec: the network namespace's inode number. */
  readonly netns?: number;
  /** Of an exec: the file that ran when the record arrived. It may be another by then: compare it with the record. */
  readonly executable?: CapturedFile;
  /** Of an exec, where it is asked for. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of a call with a socket: the socket that the descriptor named when the record arrived. It may be another by then: compare it with the record. */
  readonly socket?: CapturedSocket;
}
