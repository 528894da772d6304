import type { FilterInstruction } from "@procmon/native";
import { describe, expect, it } from "vitest";
import { datagram } from "./proc-event.test-kit.ts";
import type { PROC_EVENT } from "./proc-event.ts";
import { procFilter } from "./proc-filter.ts";

/** As much of classic BPF as the filter uses. Gives how many bytes of the packet are let through. */
function run(program: readonly FilterInstruction[], packet: Buffer): number {
  let a = 0;
  let x = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, k, jt, jf } = program[at] as FilterInstruction;
    if (code === 0x20) {
      if (k + 4 > packet.length) return 0;
      a = packet.readUInt32BE(k);
    } else if (code === 0x07) x = a;
    else if (code === 0x15) at += a === k ? jt : jf;
    else if (code === 0x1d) at += a === x ? jt : jf;
    else if (code === 0x06) return k;
    else throw new Error(`unknown operation ${code}`);
  }
  throw new Error("it has no end");
}

const passes = (kind: keyof typeof PROC_EVENT, ...data: number[]) => run(procFilter(), datagram(kind, data)) > 0;

describe("procFilter", () => {
  it("lets processes through", () => {
    expect(passes("fork", 10, 10, 11, 11)).toBe(true);
    expect(passes("fork", 12, 10, 0xf0001, 0xf0001)).toBe(true);
    expect(passes("exec", 11, 11)).toBe(true);
    expect(passes("none", 0)).toBe(true);
    for (const kind of ["exit", "uid", "gid", "comm"] as const) expect(passes(kind, 11, 11)).toBe(true);
  });

  it("keeps threads away", () => {
    expect(passes("fork", 10, 10, 12, 10)).toBe(false);
    for (const kind of ["exit", "uid", "gid", "comm"] as const) expect(passes(kind, 12, 11)).toBe(false);
    expect(passes("exit", 12, 11, 0x300)).toBe(true);
  });

  it("keeps other kinds away, and what is too short", () => {
    const session = datagram("exec", [11, 11]);
    for (const what of [0x80, 0x100, 0x40000000, 0x02000000]) {
      session.writeUInt32LE(what, 36);
      expect(run(procFilter(), session)).toBe(0);
    }
    expect(run(procFilter(), Buffer.alloc(20))).toBe(0);
  });
});
