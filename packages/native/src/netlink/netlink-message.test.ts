import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeNetlinkMessage, forEachNetlinkMessage, type NetlinkMessage } from "./netlink-message.ts";

function messagesOf(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  forEachNetlinkMessage(datagram, (message) => messages.push(message));
  return messages;
}

it("reads what it writes, with several messages in one datagram", () => {
  const first = encodeNetlinkMessage({
    type: 20,
    flags: 0x301,
    sequence: 9,
    portId: 77,
    payload: Buffer.from("12345"),
  });
  const second = encodeNetlinkMessage({ type: 3, flags: 2, payload: Buffer.alloc(0) });
  expect(first.readUInt32LE(0)).toBe(21);
  expect(messagesOf(Buffer.concat([first, Buffer.alloc(3), second]))).toEqual([
    { type: 20, flags: 0x301, sequence: 9, portId: 77, payload: Buffer.from("12345") },
    { type: 3, flags: 2, sequence: 0, portId: 0, payload: Buffer.alloc(0) },
  ]);
});

it("ends at a length that cannot be right, and never throws", () => {
  const cut = encodeNetlinkMessage({ type: 1, flags: 0, payload: Buffer.alloc(10) }).subarray(0, 20);
  expect(messagesOf(cut)).toEqual([]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(messagesOf(Buffer.from(bytes)).length).toBeLessThanOrEqual(bytes.length / 16);
    }),
  );
});
