import fc from "fast-check";
import { expect, it } from "vitest";
import { parseCapturedSocket } from "./captured-socket.ts";

/** `struct CapturedSocket` of `addon/captured_socket.h`. */
function encode(family: number, { netns = 0n, isListening = 0, hasPeer = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(72);
  bytes.writeBigUInt64LE(2n ** 63n, 0);
  bytes.writeBigUInt64LE(4711n, 8);
  bytes.writeBigUInt64LE(netns, 16);
  bytes.writeInt32LE(2, 24);
  bytes.writeInt32LE(17, 28);
  bytes.writeUInt16LE(family, 32);
  bytes.set([isListening, hasPeer], 34);
  bytes.writeUInt16BE(53, 36);
  bytes.writeUInt16BE(40_000, 38);
  bytes.set([127, 0, 0, 53], 40);
  bytes.set([0x20, 0x01, 0x0d, 0xb8], 56);
  bytes[71] = 1;
  return bytes;
}

const plain = { type: 2, protocol: 17, inode: 4711, cookie: 2n ** 63n, isListening: false };
const parse = (bytes: Buffer, error = 0) => parseCapturedSocket({ bytes, error, truncated: false });

it("reads the ends of a socket of IP, as the tables name them", () => {
  expect(parse(encode(2))).toEqual({ family: 2, ...plain, local: { ip: "127.0.0.53", port: 53 } });
  expect(parse(encode(10, { hasPeer: 1, netns: 4026531840n }))).toEqual({
    family: 10,
    ...plain,
    netns: 4026531840,
    local: { ip: "7f00:35::", port: 53 },
    peer: { ip: "2001:db8::1", port: 40_000 },
  });
});

it("gives no ends of another family", () => {
  expect(parse(encode(1, { hasPeer: 1, isListening: 1 }))).toEqual({ family: 1, ...plain, isListening: true });
});

it("gives nothing for what is no socket, and never throws", () => {
  expect(parse(Buffer.alloc(0), 9)).toBeUndefined();
  expect(parse(encode(2), 9)).toBeUndefined();
  expect(parse(encode(2).subarray(1))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect(parse(Buffer.from(bytes)) !== undefined).toBe(bytes.length === 72);
    }),
  );
});
