import { beforeEach, describe, expect, it } from "vitest";
import { createProcessEvents } from "../processes/process-events.ts";
import { createProcessTable } from "../processes/process-table.ts";
import { execRecordBytes } from "../records/exec-bytes.test-kit.ts";
import { socketRecordBytes } from "../records/record-bytes.test-kit.ts";
import { RECORD_KINDS } from "../records/record-head.ts";
import { createConnectionEvents } from "./connection-events.ts";
import { createFakeHost, FAKE_CLOCK, type FakeHost } from "./events.test-kit.ts";
import { createOpenFlows } from "./open-flows.ts";
import { createRecordReader, type RecordReader } from "./record-reader.ts";

let host: FakeHost;
let reader: RecordReader;

beforeEach(() => {
  host = createFakeHost();
  const table = createProcessTable();
  const connections = createConnectionEvents({
    ...{ host, clock: FAKE_CLOCK, table, flows: createOpenFlows(100) },
    takePayload: () => undefined,
    tellsFlows: true,
    onClosed: () => {},
  });
  reader = createRecordReader(createProcessEvents(host, FAKE_CLOCK, table), connections);
});

/** Framed as the native reader does it. */
function framed(record: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(record.length);
  return Buffer.concat([head, record, Buffer.alloc(-record.length & 7)]);
}

const bytesOf = (view: DataView) => new Uint8Array(view.buffer);

describe("a batch", () => {
  it("is read in its order, and counted by kind", () => {
    const exec = { pid: 7, start: 50_000_000n, path: "curl\0", args: "curl\0" };
    const connect = { kind: RECORD_KINDS.connect, pid: 7, start: 50_000_000n, ends: { dstPort: 1 } };
    reader.push(Buffer.concat([execRecordBytes(exec), socketRecordBytes(connect)].map(bytesOf).map(framed)));
    expect(host.emitted.map(({ type }) => type)).toEqual(["exec", "connect"]);
    expect(host.emitted[1]).toMatchObject({ process: { path: "/curl" } });
    expect([...reader.delivered]).toEqual([
      ["exec", 1],
      ["connect", 1],
    ]);
    expect(reader.broken).toBe(0);
  });

  it("that holds something else goes on after it, and that is counted", () => {
    const connect = bytesOf(socketRecordBytes({ kind: RECORD_KINDS.connect }));
    const unknown = bytesOf(socketRecordBytes({ kind: 77 }));
    const cut = connect.subarray(0, 128);
    reader.push(Buffer.concat([unknown, cut, new Uint8Array(3), connect].map(framed)));
    expect(host.emitted).toHaveLength(1);
    expect(reader.broken).toBe(3);
  });
});

describe("hostile bytes", () => {
  const ROUNDS = 100_000;
  const KINDS = Object.values(RECORD_KINDS);

  /** A small generator, so that what fails once fails again (xorshift32). */
  function makeRandom(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
  }

  it("never throw, whatever they are", () => {
    const random = makeRandom(1);
    for (let round = 0; round < ROUNDS; round++) {
      const record = Buffer.alloc(random(300));
      for (let at = 0; at < record.length; at++) record[at] = random(256);
      if (record.length > 6) record.writeUInt16LE(KINDS[random(KINDS.length)] ?? 0, 4);
      reader.push(framed(record));
    }
    // Most have no protocol, or parts that are too long.
    expect(reader.broken).toBeGreaterThan(ROUNDS / 2);
    expect(host.emitted.length).toBeGreaterThan(0);
  });

  it("never throw where only some of them are wrong", () => {
    const random = makeRandom(2);
    const whole = [
      execRecordBytes({ path: "sh\0bin\0", cwd: "\0", cgroup: "a\0", script: "x\0", args: "sh\0x\0", env: "A=1\0" }),
      ...KINDS.filter((kind) => kind > 3).map((kind) => socketRecordBytes({ kind })),
    ].map((view) => framed(bytesOf(view)));
    for (let round = 0; round < ROUNDS; round++) {
      const batch = Buffer.concat([
        whole[random(whole.length)] ?? Buffer.alloc(0),
        whole[random(whole.length)] ?? Buffer.alloc(0),
      ]);
      for (let change = 0; change < 4; change++) batch[random(batch.length)] = random(256);
      reader.push(batch.subarray(0, batch.length - random(16)));
    }
    expect(host.emitted.length).toBeGreaterThan(ROUNDS / 2);
  });
});
