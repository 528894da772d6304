import {
  call,
  callFields,
  END_HEADERS,
  END_STREAM,
  FIND_OWNER,
  FRAME,
  fields,
  frame,
  message,
  PREFACE,
  reset,
  SNAPSHOT,
  STATS,
  WATCH,
} from "./serve-frames.ts";
import type { RawClient } from "./serve-raw-client.ts";

/** What somebody does on a connection who means harm. Ends by itself. */
export type Attack = (client: RawClient) => Promise<unknown>;

const MIB = 1024 ** 2;
/** As much as one says in a flood, if the server listens so long. */
const FLOOD = 8 * MIB;
/** A frame is at most so large, unless the other side allows more. */
const FRAME_BYTES = 16_384;
const BATCH = 500;

/** Says these over and over, each with the next number of a stream. */
function flood(make: (stream: number) => Buffer): Attack {
  return (client) => {
    client.socket.write(PREFACE);
    let stream = 1;
    const batch = (): Buffer =>
      Buffer.concat(
        Array.from({ length: BATCH }, () => {
          stream += 2;
          return make(stream);
        }),
      );
    return client.repeat(batch, FLOOD);
  };
}

/** Says this once, and waits whether it is sent away. */
function say(...said: readonly Buffer[]): Attack {
  return async (client) => {
    client.socket.write(Buffer.concat(said));
    await client.closes(200);
  };
}

const bytes = (length: number, value = 0): Buffer => Buffer.alloc(length, value);
const headers = (stream: number): Buffer => frame(FRAME.headers, END_HEADERS, stream, callFields(WATCH));
const word = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
/** The first bytes of TLS 1.0 and later. */
const CLIENT_HELLO = Buffer.concat([Buffer.from("1603010200010001fc0303", "hex"), bytes(508, 0x41)]);

/** By what they do. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "HTTP/1.1": say(
    Buffer.from("POST /procmon.v1.Procmon/Stats HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0"),
  ),
  "HTTP/1.1 that wants HTTP/2": say(
    Buffer.from(
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n",
    ),
  ),
  "endless HTTP/1.1": (client) => client.repeat(Buffer.from(`GET / HTTP/1.1\r\nX: ${"x".repeat(8000)}`), FLOOD),
  TLS: say(CLIENT_HELLO),
  zeros: (client) => client.repeat(bytes(65_536), FLOOD),
  "a frame as large as can be": async (client) => {
    client.socket.write(Buffer.concat([PREFACE, frame(FRAME.headers, END_HEADERS, 1, bytes(0), 0xff_ffff)]));
    await client.repeat(bytes(65_536), FLOOD);
  },
  "settings as large as can be": say(PREFACE, frame(FRAME.settings, 0, 0, bytes(FRAME_BYTES - 4), 0xff_fffc)),
  "a frame that ends too early": say(PREFACE, frame(FRAME.headers, END_HEADERS, 1, callFields(STATS), 4000)),
  "frames too short for what they are": say(
    PREFACE,
    frame(FRAME.ping, 0, 0, bytes(3)),
    frame(FRAME.windowUpdate, 0, 0, bytes(1)),
    frame(FRAME.reset, 0, 1, bytes(2)),
  ),
  "padding longer than the frame": say(PREFACE, frame(FRAME.headers, END_HEADERS | 8, 1, bytes(4, 0xff))),
  "streams of the server": say(PREFACE, headers(2), frame(FRAME.push, END_HEADERS, 2, bytes(8))),
  "data on no stream": say(PREFACE, frame(FRAME.data, 0, 0, bytes(9)), frame(FRAME.data, 0, 77, bytes(9))),
  "a window that is more than full": say(
    PREFACE,
    frame(FRAME.windowUpdate, 0, 0, word(0x7fff_ffff)),
    frame(FRAME.windowUpdate, 0, 0, word(0x7fff_ffff)),
  ),
  "compressed headers that are none": say(PREFACE, frame(FRAME.headers, END_HEADERS, 1, bytes(200, 0xff))),
  "headers that refer to nothing": say(
    PREFACE,
    frame(FRAME.headers, END_HEADERS, 1, Buffer.from("ff80ffffff0f", "hex")),
  ),
  "a table without end": say(PREFACE, frame(FRAME.headers, END_HEADERS, 1, Buffer.from("3fffffffff0f", "hex"))),
  "headers again and again (HPACK bomb)": async (client) => {
    // A field of 4 KB in the table, and 16,000 times a byte that stands for it.
    const name = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0x81, 0x1e]), bytes(3968, 0x61)]);
    client.socket.write(
      Buffer.concat([PREFACE, frame(FRAME.headers, END_HEADERS, 1, Buffer.concat([callFields(STATS), name]))]),
    );
    let stream = 1;
    const next = (): Buffer => {
      stream += 2;
      return frame(FRAME.headers, END_HEADERS, stream, bytes(FRAME_BYTES, 0xbe));
    };
    await client.repeat(next, FLOOD);
  },
  "headers without end": async (client) => {
    client.socket.write(Buffer.concat([PREFACE, frame(FRAME.headers, 0, 1, callFields(WATCH))]));
    const more = frame(FRAME.continuation, 0, 1, fields([["x-long", "x".repeat(FRAME_BYTES - 200)]]));
    await client.repeat(more, 4 * FLOOD);
  },
  "empty headers without end": async (client) => {
    client.socket.write(Buffer.concat([PREFACE, frame(FRAME.headers, 0, 1, callFields(WATCH))]));
    await client.repeat(Buffer.concat(Array.from({ length: BATCH }, () => frame(FRAME.continuation, 0, 1))), FLOOD);
  },
  "headers of one megabyte": (client) => {
    const more = Array.from({ length: 100 }, (_, at) => [`x-${at}`, "x".repeat(10_000)] as const);
    const whole = callFields(STATS, more);
    const parts = Array.from({ length: Math.ceil(whole.length / FRAME_BYTES) }, (_, at) => {
      const part = whole.subarray(at * FRAME_BYTES, (at + 1) * FRAME_BYTES);
      const isLast = (at + 1) * FRAME_BYTES >= whole.length;
      return frame(at === 0 ? FRAME.headers : FRAME.continuation, isLast ? END_HEADERS : 0, 1, part);
    });
    return say(PREFACE, ...parts, frame(FRAME.data, END_STREAM, 1, message(bytes(0))))(client);
  },
  "metadata of a thousand names": (client) => {
    const more = Array.from({ length: 1000 }, (_, at) => [`x${at}`, ""] as const);
    return say(PREFACE, frame(FRAME.headers, END_HEADERS, 1, callFields(STATS, more)))(client);
  },
  "names of an object's": say(
    PREFACE,
    frame(
      FRAME.headers,
      END_HEADERS,
      1,
      callFields(STATS, [
        ["__proto__", "x"],
        ["constructor", "y"],
        ["__proto__-bin", "!"],
      ]),
    ),
    frame(FRAME.data, END_STREAM, 1, message(bytes(0))),
  ),
  "calls without end, none of which goes on": flood(headers),
  "calls that are cancelled at once": flood((stream) => Buffer.concat([headers(stream), reset(stream)])),
  "watches that are cancelled at once": flood((stream) => Buffer.concat([call(WATCH, stream), reset(stream)])),
  "snapshots that are cancelled at once": flood((stream) => Buffer.concat([call(SNAPSHOT, stream), reset(stream)])),
  "lookups that are cancelled at once": flood((stream) => Buffer.concat([call(FIND_OWNER, stream), reset(stream)])),
  "calls without end that are not read": flood((stream) => call(STATS, stream)),
  "calls that make the server cancel": flood((stream) =>
    Buffer.concat([headers(stream), frame(FRAME.windowUpdate, 0, stream, word(0))]),
  ),
  settings: flood(() => frame(FRAME.settings, 0, 0)),
  "settings that change": flood((stream) =>
    frame(FRAME.settings, 0, 0, Buffer.concat([bytes(1), Buffer.from([4]), word(stream)])),
  ),
  pings: flood(() => frame(FRAME.ping, 0, 0, bytes(8))),
  "answers to no pings": flood(() => frame(FRAME.ping, 1, 0, bytes(8))),
  priorities: flood((stream) => frame(FRAME.priority, 0, stream, bytes(5))),
  "unknown frames": flood(() => frame(FRAME.unknown, 0xff, 0, bytes(16))),
  goodbyes: flood(() => frame(FRAME.goaway, 0, 0, bytes(8))),
  resets: flood((stream) => reset(stream)),
  "empty data": async (client) => {
    client.socket.write(Buffer.concat([PREFACE, headers(1)]));
    await client.repeat(Buffer.concat(Array.from({ length: BATCH }, () => frame(FRAME.data, 0, 1))), FLOOD);
  },
  "data beyond the window": async (client) => {
    client.socket.write(
      Buffer.concat([PREFACE, headers(1), frame(FRAME.data, 0, 1, message(bytes(0), 0, 0xffff_ffff))]),
    );
    await client.repeat(frame(FRAME.data, 0, 1, bytes(FRAME_BYTES)), FLOOD);
  },
  "messages without end in one call": async (client) => {
    client.socket.write(Buffer.concat([PREFACE, headers(1)]));
    const window = frame(FRAME.data, 0, 1, Buffer.concat(Array.from({ length: 2000 }, () => message(bytes(0)))));
    await client.repeat(window, FLOOD);
  },
};
