import fc from "fast-check";
import { expect, it } from "vitest";
import { type Datagram, forEachDatagram } from "./datagram-batch.ts";

interface Visited {
  readonly datagrams: Datagram[];
  readonly overruns: number[];
}

function visit(batch: Uint8Array): Visited {
  const visited: Visited = { datagrams: [], overruns: [] };
  forEachDatagram(batch, {
    datagram: (datagram) => visited.datagrams.push(datagram),
    overrun: (dropped) => visited.overruns.push(dropped),
  });
  return visited;
}

/** A record as `addon/datagram_batch.h` lays it out. */
function record(
  flags: number,
  payload: Buffer,
  captures: { result: number; truncated: boolean; bytes: Buffer }[] = [],
) {
  const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);
  const head = Buffer.alloc(32);
  const rest = captures.map(({ result, truncated, bytes }) => {
    const header = Buffer.alloc(8);
    header.writeInt32LE(result, 0);
    header.writeUInt32LE(truncated ? 1 : 0, 4);
    return Buffer.concat([header, pad(bytes)]);
  });
  const body = Buffer.concat([pad(payload), ...rest]);
  head.writeUInt32LE(head.length + body.length, 0);
  head.writeUInt16LE(flags, 4);
  head.writeUInt16LE(captures.length, 6);
  head.writeUInt32LE(payload.length, 8);
  head.writeBigUInt64LE(5n, 16);
  head.writeBigUInt64LE(7n, 24);
  return Buffer.concat([head, body]);
}

it("reads records with payloads and captures of any length", () => {
  const { datagrams, overruns } = visit(
    Buffer.concat([
      record(0, Buffer.from("first")),
      record(1, Buffer.alloc(0), [
        { result: 3, truncated: true, bytes: Buffer.from("abc") },
        { result: -2, truncated: false, bytes: Buffer.alloc(0) },
      ]),
      record(2, Buffer.from([42, 1, 0, 0])),
      record(0, Buffer.from("12345678")),
    ]),
  );
  expect(datagrams.map(({ payload, truncated }) => [payload.toString(), truncated])).toEqual([
    ["first", false],
    ["", true],
    ["12345678", false],
  ]);
  expect(datagrams[1]?.captures).toEqual([
    { bytes: Buffer.from("abc"), error: 0, truncated: true },
    { bytes: Buffer.alloc(0), error: 2, truncated: false },
  ]);
  expect(datagrams[0]).toMatchObject({ receivedAt: 5n, capturedAt: 7n, captures: [] });
  expect(overruns).toEqual([298]);
});

it("ends at what cannot be a record, and never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { datagrams } = visit(bytes);
      expect(datagrams.length).toBeLessThanOrEqual(bytes.length / 32);
    }),
  );
});
