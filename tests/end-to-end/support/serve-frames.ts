// HTTP/2 by hand (RFC 9113, RFC 7541), for what no library would send.

/** Types of frames. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
  unknown: 0xfa,
} as const;

export const END_STREAM = 1;
export const END_HEADERS = 4;

/** What a client says first, with empty settings. */
export const PREFACE: Buffer = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  frame(FRAME.settings, 0, 0),
]);

/** A frame, of the length that it says unless told. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length: number = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xff_ffff, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** The same, of a client that would take any amount (SETTINGS_INITIAL_WINDOW_SIZE, and as much for the connection). */
export const GREEDY: Buffer = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])),
  frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0])),
]);

/** Header fields, none of them compressed. */
export function fields(entries: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(entries.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const length = [Math.min(bytes.length, 127)];
  let rest = bytes.length - 127;
  if (rest >= 0) {
    for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** The header fields of a call of gRPC. */
export function callFields(path: string, more: readonly (readonly [string, string])[] = []): Buffer {
  return fields([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...more,
  ]);
}

/** A message of gRPC, of the length that it says unless told. */
export function message(bytes: Uint8Array, compressed = 0, length: number = bytes.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}

/** A whole call with an empty request. */
export function call(path: string, stream: number): Buffer {
  return Buffer.concat([
    frame(FRAME.headers, END_HEADERS, stream, callFields(path)),
    frame(FRAME.data, END_STREAM, stream, message(Buffer.alloc(0))),
  ]);
}

/** A frame that ends a stream with CANCEL. */
export function reset(stream: number): Buffer {
  return frame(FRAME.reset, 0, stream, Buffer.from([0, 0, 0, 8]));
}

/** The calls of procmon.v1.Procmon. */
export const WATCH = "/procmon.v1.Procmon/Watch";
export const FIND_OWNER = "/procmon.v1.Procmon/FindOwner";
export const SNAPSHOT = "/procmon.v1.Procmon/Snapshot";
export const STATS = "/procmon.v1.Procmon/Stats";
