// Objects that are cut off or changed anywhere are refused, or opened, or loaded; the process lives. Run with --expose-gc.
import assert from "node:assert/strict";
import { NativeError, openBpfObject } from "../../src/index.ts";
import { objectBytes } from "./bpf-records.ts";

const CHANGES = 6000;
const LOADED_EVERY = 20;
/** Numbers that are none too many, or too many. */
const NUMBERS = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000];

let state = 1;
let opened = 0;
let refused = 0;
for (const name of ["renames", "iterators"]) {
  const sound = objectBytes(name);
  for (let change = 0; change < CHANGES / 2; change++) attempt(changed(sound, change), change % LOADED_EVERY === 0);
}
assert.ok(opened > 0 && refused > 0);
(globalThis as { gc?: () => void }).gc?.();
console.log("ok");

function attempt(bytes: Buffer, isLoaded: boolean): void {
  try {
    using object = openBpfObject(bytes);
    opened++;
    for (const name of ["record", "nested", "counts", "task_struct"]) object.structLayout(name);
    object.setConstant("traced", 1);
    object.resizeMap("pairs", 8);
    if (isLoaded) object.load();
  } catch (error) {
    assert.ok(NativeError.isInstance(error));
    refused++;
  }
}

/** The same bytes at each run. */
function changed(sound: Buffer, change: number): Buffer {
  if (change % 4 === 0) return sound.subarray(0, random(sound.length));
  const bytes = Buffer.from(sound);
  for (let left = random(8); left >= 0; left--) {
    const at = random(bytes.length - 4);
    if (change % 4 === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (change % 4 === 2) bytes[at] = random(256);
    else bytes.writeUInt32LE(NUMBERS[random(NUMBERS.length)] ?? 0, at & ~3);
  }
  return bytes;
}

/** A whole number below the limit; the generator is that of Park and Miller. */
function random(limit: number): number {
  state = (state * 48271) % 0x7fffffff;
  return state % limit;
}
