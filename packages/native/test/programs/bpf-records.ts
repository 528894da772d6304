// Objects whose programs make records of this process's renames: see test/bpf/renames.bpf.c.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BpfObject, forEachRecord, openBpfObject } from "../../src/index.ts";

/** The bytes of one of the objects of test/bpf. */
export function objectBytes(name: string): Buffer {
  return readFileSync(join(process.env.PROCMON_TEST_BPF ?? assert.fail(), `${name}.o`));
}

/** Loaded and attached, with these constants. */
export function openRenames(constants: Readonly<Record<string, number | boolean>> = {}, ringBytes?: number): BpfObject {
  const object = openBpfObject(objectBytes("renames"));
  object.setConstant("traced", process.pid);
  for (const [name, value] of Object.entries(constants)) object.setConstant(name, value);
  if (ringBytes !== undefined) object.resizeMap("ring", ringBytes);
  object.load();
  object.attach("on_rename");
  return object;
}

/** Gives this process so many new names: each makes `records_each` records. */
export function rename(times = 1): void {
  for (let time = 0; time < times; time++) writeFileSync("/proc/self/comm", `name${time}`);
}

/** The numbers of the records of a batch, each checked to be what the program wrote. */
export function numbersIn(batch: Uint8Array, variety = 63): number[] {
  const numbers: number[] = [];
  forEachRecord(batch, (view, offset, length) => {
    const number = Number(view.getBigUint64(offset, true));
    assert.equal(view.getUint32(offset + 8, true), length);
    assert.equal(length, 16 + ((number * 7) & variety));
    numbers.push(number);
  });
  return numbers;
}

/** What the program itself has counted, on all processors. */
export function countsOf(object: BpfObject): { produced: number; lost: number } {
  const map = object.map("counts");
  const bytes = new Uint8Array(map.valueSize);
  map.lookup(new Uint8Array(4), bytes);
  const total = { produced: 0, lost: 0 };
  const values = new BigUint64Array(bytes.buffer);
  for (let at = 0; at < values.length; at += 3) {
    total.produced += Number(values[at]);
    total.lost += Number(values[at + 1]);
  }
  return total;
}
