import type { FilterInstruction } from "@procmon/native";
import { OFFSET, PROC_EVENT } from "./proc-event.ts";

/** Operations of classic BPF (`include/uapi/linux/bpf_common.h`). */
const LOAD_WORD = 0x20;
const COPY_TO_X = 0x07;
const IS_EQUAL = 0x15;
const IS_EQUAL_TO_X = 0x1d;
const RETURN = 0x06;

const ACCEPT = 0xffff_ffff;
const DROP = 0;

/**
 * What the socket lets through: answers to our own messages, processes that begin, run an executable or end, and what the first thread of
 * one changes of itself. Of other threads only those that end with a code or by a signal: with them, mostly, ends the process. Threads that
 * come and go never leave the kernel: a program that makes many costs nothing.
 */
export function procFilter(): readonly FilterInstruction[] {
  const { none, fork, exec, exit, uid, gid, comm } = PROC_EVENT;
  // Jumps lead forwards only, and are counted from the step that follows.
  return assemble([
    ["", LOAD_WORD, OFFSET.what],
    ["", IS_EQUAL, asLoaded(none), "accept"],
    ["", IS_EQUAL, asLoaded(exec), "accept"],
    ["", IS_EQUAL, asLoaded(fork), "child"],
    ["", IS_EQUAL, asLoaded(uid), "leader"],
    ["", IS_EQUAL, asLoaded(gid), "leader"],
    ["", IS_EQUAL, asLoaded(comm), "leader"],
    ["", IS_EQUAL, asLoaded(exit), "end", "drop"],
    ["child", LOAD_WORD, OFFSET.childPid],
    ["", COPY_TO_X, 0],
    ["", LOAD_WORD, OFFSET.childTgid],
    ["", IS_EQUAL_TO_X, 0, "accept", "drop"],
    ["end", LOAD_WORD, OFFSET.exitCode],
    ["", IS_EQUAL, 0, "leader", "accept"],
    ["leader", LOAD_WORD, OFFSET.pid],
    ["", COPY_TO_X, 0],
    ["", LOAD_WORD, OFFSET.tgid],
    ["", IS_EQUAL_TO_X, 0, "accept", "drop"],
    ["accept", RETURN, ACCEPT],
    ["drop", RETURN, DROP],
  ]);
}

/** Its own name, the operation and its number; where it leads to if a comparison is true, and if it is not. */
type Line = readonly [name: string, code: number, k: number, ifTrue?: string, ifFalse?: string];

function assemble(lines: readonly Line[]): FilterInstruction[] {
  const steps = (from: number, to: string | undefined): number => {
    return to === undefined ? 0 : lines.findIndex(([name]) => name === to) - from - 1;
  };
  return lines.map(([, code, k, ifTrue, ifFalse], at) => ({ code, k, jt: steps(at, ifTrue), jf: steps(at, ifFalse) }));
}

/** Words are loaded as the network has them; those of the connector are the machine's, which is little-endian. */
function asLoaded(value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.readUInt32BE();
}
