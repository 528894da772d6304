import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeNetlinkMessage, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR } from "../netlink/netlink-message.ts";
import type { NetlinkSocket } from "../netlink/netlink-socket.ts";
import { createDiagExchange, type DiagExchange } from "./diag-exchange.ts";

const PORT = 77;
const TYPE = 20;
const TRUNCATED = 1;
const OVERRUN = 2;

/** What a receive gives: datagrams, each with its flags; undefined for nothing in time. */
type Answer = readonly (readonly [datagram: Buffer, flags?: number])[] | undefined;

/** Questions to a kernel that answers what no real one can be made to. */
function exchangeWith(
  answer: (sequence: number, receive: number) => Answer,
): DiagExchange & { readonly questions: number } {
  let sequence = 0;
  let receives = 0;
  let questions = 0;
  const socket = {
    portId: PORT,
    send(message: Uint8Array) {
      sequence = Buffer.from(message).readUInt32LE(8);
      questions++;
      receives = 0;
    },
    receive: () => {
      const datagrams = answer(sequence, receives++);
      return datagrams && Buffer.concat(datagrams.map(([datagram, flags]) => framed(datagram, flags)));
    },
  };
  const exchange = createDiagExchange(socket as unknown as NetlinkSocket, 200);
  return {
    dump: exchange.dump,
    query: exchange.query,
    get usable() {
      return exchange.usable;
    },
    get questions() {
      return questions;
    },
  };
}

/** As the addon frames it: see `datagram_batch.h`. */
function framed(datagram: Buffer, flags = 0): Buffer {
  const bytes = Buffer.alloc(32 + ((datagram.length + 7) & ~7));
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(flags, 4);
  bytes.writeUInt32LE(datagram.length, 8);
  datagram.copy(bytes, 32);
  return bytes;
}

function message(sequence: number, type: number, payload: string, options: { flags?: number; portId?: number } = {}) {
  const { flags = 2, portId = PORT } = options;
  return encodeNetlinkMessage({ type, flags, sequence, portId, payload: Buffer.from(payload, "hex") });
}

const done = (sequence: number, code = "00000000") => message(sequence, NLMSG_DONE, code);
const toHex = (bytes: Buffer): string => bytes.toString("hex");
const request = new Uint8Array(8);
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return "no error";
};

describe("a dump", () => {
  it("goes on over datagrams and batches to its end", () => {
    const exchange = exchangeWith((sequence, receive) =>
      receive === 0
        ? [
            [Buffer.concat([message(sequence, TYPE, "01000000"), message(sequence, TYPE, "02030405")])],
            [message(sequence, TYPE, "04000000")],
          ]
        : [[Buffer.concat([message(sequence, TYPE, "05000000"), done(sequence)])]],
    );
    expect(exchange.dump(request, toHex)).toEqual(["01000000", "02030405", "04000000", "05000000"]);
    expect(exchange.dump(request, () => undefined)).toEqual([]);
    expect(exchange.usable).toBe(true);
  });

  it("leaves out what belongs to another question, or to nobody", () => {
    const exchange = exchangeWith((sequence) => [
      [done(sequence - 1)],
      [message(sequence - 1, TYPE, "01000000")],
      [message(sequence, TYPE, "02000000", { portId: 5 })],
      [Buffer.concat([message(sequence, TYPE, "03000000"), done(sequence), message(sequence, TYPE, "04000000")])],
    ]);
    expect(exchange.dump(request, toHex)).toEqual(["03000000"]);
  });

  it("is made again where the table changed meanwhile, and not for ever", () => {
    const changed = (sequence: number) => message(sequence, TYPE, "01000000", { flags: 2 | NLM_F_DUMP_INTR });
    const twice = exchangeWith((sequence) => [
      [sequence < 3 ? changed(sequence) : message(sequence, TYPE, "02000000")],
      [done(sequence)],
    ]);
    expect(twice.dump(request, toHex)).toEqual(["02000000"]);
    const always = exchangeWith((sequence) => [[changed(sequence)], [done(sequence)]]);
    expect(codeOf(() => always.dump(request, toHex))).toBe("EINTR");
    expect(always).toMatchObject({ questions: 3, usable: true });
  });

  it.each([
    ["at its end", (sequence: number) => done(sequence, "feffffff")],
    ["in a message", (sequence: number) => message(sequence, NLMSG_ERROR, "feffffff")],
  ])("says what the kernel says %s", (_, end) => {
    const exchange = exchangeWith((sequence) => [[end(sequence)]]);
    expect(codeOf(() => exchange.dump(request, toHex))).toBe("ENOENT");
    expect(exchange.usable).toBe(true);
  });

  it("fails where something is missing", () => {
    expect(codeOf(() => exchangeWith(() => undefined).dump(request, toHex))).toBe("ETIMEDOUT");
    const truncated = exchangeWith((sequence) => [[message(sequence, TYPE, "01000000"), TRUNCATED], [done(sequence)]]);
    expect(codeOf(() => truncated.dump(request, toHex))).toBe("EMSGSIZE");
    const overrun = exchangeWith((sequence) => [[Buffer.alloc(4), OVERRUN], [done(sequence)]]);
    expect(codeOf(() => overrun.dump(request, toHex))).toBe("ENOBUFS");
    expect([truncated.usable, overrun.usable]).toEqual([false, false]);
  });

  it("comes to an end, whatever the kernel says", () => {
    const anyMessage = fc
      .record({ type: fc.constantFrom(TYPE, NLMSG_DONE, NLMSG_ERROR, 0, 9), payload: fc.uint8Array({ maxLength: 40 }) })
      .map(({ type, payload }) => ({ type, payload: Buffer.from(payload).toString("hex") }));
    fc.assert(
      fc.property(fc.array(fc.oneof(anyMessage, fc.uint8Array({ maxLength: 60 })), { maxLength: 10 }), (parts) => {
        const exchange = exchangeWith((sequence, receive) => {
          if (receive > 0) return undefined;
          return parts.map((part) => [
            part instanceof Uint8Array ? Buffer.from(part) : message(sequence, part.type, part.payload),
          ]);
        });
        expect(codeOf(() => exchange.dump(request, toHex))).toMatch(/^(E[A-Z0-9]+|no error)$/);
      }),
    );
  });
});

describe("a query", () => {
  it("ends with the first message", () => {
    const exchange = exchangeWith((sequence, receive) =>
      receive === 0 ? [[message(sequence, TYPE, "01000000")]] : undefined,
    );
    expect(exchange.query(request, toHex)).toBe("01000000");
  });

  it("finds nothing, or fails", () => {
    const nothing = exchangeWith((sequence) => [[message(sequence, NLMSG_ERROR, "feffffff")]]);
    expect(nothing.query(request, toHex)).toBeUndefined();
    const forbidden = exchangeWith((sequence) => [[message(sequence, NLMSG_ERROR, "ffffffff")]]);
    expect(codeOf(() => forbidden.query(request, toHex))).toBe("EPERM");
  });
});
