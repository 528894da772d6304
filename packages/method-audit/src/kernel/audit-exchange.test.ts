import * as native from "@procmon/native";
import { expect, it } from "vitest";
import { controlOf, openAuditControl } from "./open-audit-control.ts";

const AUDIT_GET = 1000;

/** Parts of `addon/datagram_batch.h`: a record with a datagram and nothing else, or of an overrun. */
function batchOf(payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(32);
  const body = Buffer.concat([payload, Buffer.alloc(-payload.length & 7)]);
  head.writeUInt32LE(head.length + body.length, 0);
  head.writeUInt16LE(flags, 4);
  head.writeUInt32LE(payload.length, 8);
  return Buffer.concat([head, body]);
}

/** A kernel that gives these batches, one after the other, once something was sent; `sequence` is that of the question. */
function socketWith(answer: (sequence: number) => readonly Buffer[]): native.NetlinkSocket {
  let waiting: Buffer[] = [];
  return {
    portId: 7,
    receiveBufferBytes: 0,
    dropped: 0,
    strangers: 0,
    send(message) {
      waiting = [...answer(Buffer.from(message).readUInt32LE(8))];
    },
    receive: () => waiting.shift(),
    read: () => {
      throw new Error("not here");
    },
    close() {},
    [Symbol.dispose]() {},
  };
}

function message(type: number, sequence: number, payload: Buffer): Buffer {
  return batchOf(native.encodeNetlinkMessage({ type, flags: 0, sequence, payload }));
}

function acknowledge(sequence: number, code = 0): Buffer {
  const payload = Buffer.alloc(20);
  payload.writeInt32LE(code, 0);
  return message(native.NLMSG_ERROR, sequence, payload);
}

const STATUS = Buffer.from(Uint32Array.of(0, 1, 0, 9, 0, 64, 0, 0, 0, 0).buffer);

it("waits for answer and acknowledgement, whichever comes first", () => {
  for (const isFirst of [true, false]) {
    const socket = socketWith((sequence) => {
      const both = [acknowledge(sequence), message(AUDIT_GET, sequence, STATUS)];
      return isFirst ? both : both.reverse();
    });
    expect(controlOf(native, socket).status()).toMatchObject({ enabled: 1, pid: 9, backlogLimit: 64 });
  }
});

it("passes over what is left of questions before, and hands over records", () => {
  const records: Buffer[] = [];
  const record = native.encodeNetlinkMessage({ type: 1300, flags: 0, payload: Buffer.from("audit(1.2:3): ") });
  const cut = Buffer.from(record);
  cut.writeUInt32LE(9999, 0);
  const socket = socketWith((sequence) => [
    acknowledge(sequence + 5, -1),
    message(AUDIT_GET, sequence + 5, Buffer.alloc(44)),
    batchOf(record),
    batchOf(cut),
    acknowledge(sequence),
    message(AUDIT_GET, sequence, STATUS),
  ]);
  expect(controlOf(native, socket, (datagram) => records.push(datagram)).status().pid).toBe(9);
  expect(records).toEqual([record, cut]);
});

it.each<[string, (sequence: number) => readonly Buffer[], RegExp]>([
  ["nothing comes", () => [], /in time/],
  ["only the acknowledgement comes", (sequence) => [acknowledge(sequence)], /in time/],
  ["something was lost", () => [batchOf(Buffer.alloc(4), 2)], /ENOBUFS/],
  ["the answer is too short", (s) => [acknowledge(s), message(AUDIT_GET, s, Buffer.alloc(8))], /EBADMSG/],
  ["the kernel refuses", (sequence) => [acknowledge(sequence, -12)], /ENOMEM/],
])("fails where %s", (_, answer, words) => {
  expect(() => controlOf(native, socketWith(answer)).status()).toThrow(
    expect.objectContaining({ code: "METHOD_UNAVAILABLE", message: expect.stringMatching(words) }),
  );
});

it("says where nothing can be changed any more", () => {
  const locked = Buffer.from(Uint32Array.of(0, 2, 0, 0, 0, 64, 0, 0, 0, 0).buffer);
  let isFirst = true;
  const socket = socketWith((sequence) => {
    const answer = isFirst
      ? [acknowledge(sequence, -1)]
      : [acknowledge(sequence), message(AUDIT_GET, sequence, locked)];
    isFirst = false;
    return answer;
  });
  expect(() => controlOf(native, socket).set({ enabled: 1 })).toThrow(/until the machine starts again/);
});

it("says who has the records already", () => {
  let isFirst = true;
  const socket = socketWith((sequence) => {
    const answer = isFirst
      ? [acknowledge(sequence, -17)]
      : [acknowledge(sequence), message(AUDIT_GET, sequence, STATUS)];
    isFirst = false;
    return answer;
  });
  expect(() => controlOf(native, socket).set({ pid: process.pid })).toThrow(/to process 9 already/);
});

it("says that the kernel was built without audit, or has it turned off", () => {
  const refuse = (code: string) => () => {
    throw new native.NativeError(code, "refused");
  };
  const closed = { ...socketWith(() => []), send: refuse("ECONNREFUSED") };
  expect(() => controlOf(native, closed).status()).toThrow(/audit=0/);
  const none = { ...native, openNetlinkSocket: refuse("EPROTONOSUPPORT") };
  expect(() => openAuditControl(none)).toThrow(
    expect.objectContaining({ code: "METHOD_UNAVAILABLE", remedy: expect.stringContaining("CONFIG_AUDIT") }),
  );
});
