// Datagrams of any text, each of which ends where its memory does: what is captured is what a plain search finds in them. The addon of
// `addon/captures.cc` is at PROCMON_TEST_CAPTURES.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { loadCaptures } from "./captures-addon.ts";

const captures = loadCaptures(process.env.PROCMON_TEST_CAPTURES ?? "");
const EBADF = 9;
const PIECES = [
  " pid=",
  "pid=",
  " a0=",
  " exit=",
  "key",
  " ",
  "-",
  "f",
  "0",
  "9",
  "\0",
  "é",
  "4294967296",
  "ffffffffffffffff",
];

let state = 1;
/** The same numbers each time: whole ones below `limit`. */
function random(limit: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function anyText(): string {
  const pieces = [...PIECES, String(process.pid), ` pid=${process.pid} `, random(30).toString(16)];
  return Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join("");
}

function numberAfter(text: string, place: string, digits: string): bigint | undefined {
  const at = text.indexOf(place);
  const found = new RegExp(`^${digits}+(?![0-9A-Za-z])`).exec(text.slice(at + place.length))?.[0];
  if (at < 0 || found === undefined) return undefined;
  const number = BigInt(digits.includes("f") ? `0x${found}` : found);
  return number < 1n << 64n ? number : undefined;
}

for (const radix of [10, 16] as const) {
  const place = radix === 10 ? " exit=" : " a0=";
  const files = [{ name: "stat", kind: "file", limit: 16 }] as const;
  const rule = { offset: 0, value: 7, contains: "key", pidAfter: " pid=", socketAfter: { text: place, radix }, files };
  for (let round = 0; round < 20_000; round++) {
    const text = anyText();
    const found = captures.of([rule], Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(text)]));
    const pid = numberAfter(text, " pid=", "[0-9]");
    if (!text.includes("key") || pid === undefined || pid === 0n || pid >= 1n << 31n) {
      assert.deepEqual(found, [], JSON.stringify(text));
      continue;
    }
    const fd = numberAfter(text, place, radix === 10 ? "[0-9]" : "[0-9a-fA-F]");
    const isNone = fd === undefined || (radix === 10 ? fd >= 1n << 31n : BigInt.asIntN(32, fd) < 0n);
    assert.equal(found.length, 2, JSON.stringify(text));
    if (isNone) assert.equal(found[0]?.error, EBADF, JSON.stringify(text));
    const isOurs = pid === BigInt(process.pid);
    assert.equal(found[1]?.bytes.toString().startsWith(`${process.pid} (`), isOurs, JSON.stringify(text));
  }
}
// Too short for the number, or for a pid of the other kind of rule.
for (let length = 0; length < 8; length++) {
  const datagram = Buffer.alloc(length, 7);
  for (const offset of [0, 4, 5, 0xffffffff]) {
    assert.deepEqual(captures.of([{ offset, value: 0x07070707, pidAfter: "x", files: [] }], datagram), []);
    assert.deepEqual(captures.of([{ offset: 0, value: 0x07070707, pidOffset: offset, files: [] }], datagram), []);
  }
}
const before = readdirSync("/proc/self/fd").length;
captures.of(
  [{ offset: 0, value: 0, pidAfter: "p", socketAfter: { text: "f", radix: 10 }, files: [] }],
  Buffer.from("\0\0\0\0p1f1"),
);
assert.equal(readdirSync("/proc/self/fd").length, before);
console.log("ok");
