import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeAuditStatus, encodeAuditSettings } from "./status-bytes.ts";

/** `struct audit_status`, by the names of its numbers. */
const WORDS = Uint32Array.of(0, 1, 2, 4711, 0, 8192, 3, 5, 0x7f, 15_000, 9);

function bytesOf(words: Uint32Array): Buffer {
  return Buffer.from(words.buffer);
}

it("decodes the status of each kernel", () => {
  const old = { enabled: 1, pid: 4711, backlogLimit: 8192, lost: 3, backlog: 5, features: 0 };
  expect(decodeAuditStatus(bytesOf(WORDS))).toEqual({ ...old, features: 0x7f });
  expect(decodeAuditStatus(bytesOf(WORDS.slice(0, 10)))).toEqual({ ...old, features: 0x7f });
  expect(decodeAuditStatus(bytesOf(WORDS.slice(0, 8)))).toEqual(old);
  expect(decodeAuditStatus(Buffer.concat([bytesOf(WORDS), Buffer.alloc(40, 0xff)]))).toEqual({
    ...old,
    features: 0x7f,
  });
  expect(decodeAuditStatus(bytesOf(WORDS.slice(0, 7)))).toBeUndefined();
});

it("reads bytes that lie anywhere", () => {
  const shifted = Buffer.concat([Buffer.alloc(1), bytesOf(WORDS)]).subarray(1);
  expect(decodeAuditStatus(shifted)).toEqual(decodeAuditStatus(bytesOf(WORDS)));
});

it("never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect(decodeAuditStatus(bytes) === undefined).toBe(bytes.length < 32);
    }),
  );
});

it("says what is to be set, and nothing else", () => {
  const wordsOf = (bytes: Uint8Array) => [...new Uint32Array(new Uint8Array(bytes).buffer)];
  expect(wordsOf(encodeAuditSettings({ enabled: 0 }))).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(wordsOf(encodeAuditSettings({ pid: 0 }))).toEqual([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(wordsOf(encodeAuditSettings({ enabled: 1, pid: 7, backlogLimit: 64 }))).toEqual([
    0x15, 1, 0, 7, 0, 64, 0, 0, 0, 0, 0,
  ]);
});
