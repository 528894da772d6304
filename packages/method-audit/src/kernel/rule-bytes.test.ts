import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditRule } from "./audit-rule.ts";
import { decodeAuditRule, encodeAuditRule } from "./rule-bytes.ts";
import { FIELD, OP } from "./rule-codes.ts";

const PLAIN: AuditRule = {
  list: 4,
  action: 2,
  syscalls: [0, 31, 32, 59, 435, 2047],
  fields: [
    { field: FIELD.arch, op: OP.equal, value: 0xc000003e },
    { field: FIELD.pid, op: OP.notEqual, value: 4_294_967_295 },
  ],
  key: "one\u0001two",
};

function wordsOf(rule: AuditRule): Uint32Array {
  return new Uint32Array(new Uint8Array(encodeAuditRule(rule).subarray(0, 1040)).buffer);
}

describe("encodeAuditRule", () => {
  it("lays a rule out as the kernel does, its key last", () => {
    const bytes = encodeAuditRule(PLAIN);
    expect(bytes.length).toBe(1040 + 7);
    expect(Buffer.from(bytes.subarray(1040)).toString()).toBe("one\u0001two");
    const words = wordsOf(PLAIN);
    expect([...words.subarray(0, 5)]).toEqual([4, 2, 3, 0x80000001, (1 | (1 << 27)) >>> 0]);
    expect(words[3 + 63]).toBe(0x80000000);
    expect([...words.subarray(67, 71)]).toEqual([11, 0, 210, 0]);
    expect([...words.subarray(131, 135)]).toEqual([0xc000003e, 0xffffffff, 7, 0]);
    expect([...words.subarray(195, 199)]).toEqual([0x40000000, 0x30000000, 0x40000000, 0]);
    expect(words[259]).toBe(7);
  });

  it("refuses what has no place", () => {
    expect(() => encodeAuditRule({ ...PLAIN, syscalls: [2048] })).toThrow(RangeError);
    expect(() => encodeAuditRule({ ...PLAIN, syscalls: [-1] })).toThrow(RangeError);
    const fields = Array.from({ length: 64 }, () => ({ field: 1, op: OP.equal, value: 1 }));
    expect(() => encodeAuditRule({ ...PLAIN, fields })).toThrow(RangeError);
  });
});

describe("decodeAuditRule", () => {
  it("reads what is written, with several texts", () => {
    expect(decodeAuditRule(encodeAuditRule(PLAIN))).toEqual(PLAIN);
    const rule: AuditRule = {
      list: 1,
      action: 0,
      syscalls: "all",
      fields: [
        { field: FIELD.executable, op: OP.equal, value: 4, text: "/\udcffä" },
        { field: FIELD.directory, op: OP.equal, value: 4, text: "/etc" },
      ],
    };
    expect(decodeAuditRule(encodeAuditRule(rule))).toEqual(rule);
  });

  it("takes all calls for all, though the kernel keeps its classes for itself", () => {
    const bytes = Buffer.from(encodeAuditRule({ ...PLAIN, syscalls: "all" }));
    new Uint32Array(bytes.buffer, bytes.byteOffset, 260)[3 + 63] = 0xffff;
    expect(decodeAuditRule(bytes)?.syscalls).toBe("all");
  });

  it.each([
    ["a field count that is too high", 2, 65],
    ["texts that are longer than what there is", 259, 8],
    ["a text that is longer than all texts", 133, 8],
    ["a length near 2^32", 133, 0xffffffff],
  ])("gives nothing for %s", (_, word, value) => {
    const bytes = new Uint8Array(encodeAuditRule(PLAIN));
    new DataView(bytes.buffer).setUint32(word * 4, value, true);
    expect(decodeAuditRule(bytes)).toBeUndefined();
  });

  it("never throws", () => {
    expect(decodeAuditRule(Buffer.alloc(1039))).toBeUndefined();
    const edits = fc.array(fc.tuple(fc.nat(1046), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(edits, fc.nat(1047), (changes, length) => {
        const bytes = new Uint8Array(encodeAuditRule(PLAIN));
        for (const [at, value] of changes) bytes[at] = value;
        const rule = decodeAuditRule(bytes);
        expect(rule === undefined || rule.fields.length <= 64).toBe(true);
        expect(decodeAuditRule(bytes.subarray(0, Math.min(length, 1046)))).toBeUndefined();
      }),
    );
  });
});
