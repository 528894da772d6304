import { setImmediate as turn } from "node:timers/promises";
import { connectProcmon } from "@procmon/serialize-grpc/client";
import {
  call,
  callFields,
  END_HEADERS,
  FIND_OWNER,
  FRAME,
  frame,
  PREFACE,
  reset,
  SNAPSHOT,
  STATS,
  WATCH,
} from "./serve-frames.ts";
import { openRaw, type RawClient } from "./serve-raw-client.ts";

/** Bytes of the server's first frames, so that some of an answer is there. */
const GREETING = 60;

/** A way to come and go. Gives whether the client was let in and, where it waited for an answer, had one. */
type Visit = (path: string) => Promise<boolean>;

function raw(visit: (client: RawClient) => Promise<boolean>): Visit {
  return async (path) => {
    using client = await openRaw(path);
    return await visit(client);
  };
}

/** Says this, and goes without a word when the server has answered, or at once. */
function say(said: Buffer, waits: boolean): Visit {
  return raw(async (client) => {
    client.socket.write(said);
    if (waits) await client.hears(GREETING);
    else await turn();
    return !waits || client.heard >= GREETING;
  });
}

/** Ways to come and go, clean and unclean. */
export const VISITS: Readonly<Record<string, Visit>> = {
  "says nothing": raw(async (client) => !client.isClosed),
  "goes in the middle of the preface": say(PREFACE.subarray(0, 11), false),
  "goes after the preface": say(PREFACE, false),
  "goes in the middle of a frame": say(Buffer.concat([PREFACE, call(WATCH, 1).subarray(0, 40)]), false),
  "goes before its request": say(
    Buffer.concat([PREFACE, frame(FRAME.headers, END_HEADERS, 1, callFields(WATCH))]),
    false,
  ),
  "goes before the answer": say(Buffer.concat([PREFACE, call(STATS, 1)]), false),
  "goes in the middle of a lookup": say(Buffer.concat([PREFACE, call(FIND_OWNER, 1)]), false),
  "goes in the middle of a snapshot": say(Buffer.concat([PREFACE, call(SNAPSHOT, 1)]), true),
  "goes in the middle of a watch": say(Buffer.concat([PREFACE, call(WATCH, 1), call(WATCH, 3)]), true),
  "cancels a watch, and goes politely": raw(async (client) => {
    client.socket.write(Buffer.concat([PREFACE, call(WATCH, 1)]));
    await client.hears(GREETING);
    client.socket.write(Buffer.concat([reset(1), frame(FRAME.goaway, 0, 0, Buffer.alloc(8))]));
    client.socket.end();
    return client.heard >= GREETING;
  }),
  "asks, and goes politely": async (path) => {
    using client = connectProcmon({ address: `unix://${path}` });
    return (await client.stats()).method === "synthetic";
  },
  "leaves the loop": async (path) => {
    using client = connectProcmon({ address: `unix://${path}` });
    await using stream = client.watch({ types: ["exec", "connect"] });
    return (await stream.ready) === "synthetic";
  },
};

/** How many visits went well, by their names. */
export type Visitors = Record<string, { came: number; failed: number }>;

/** Comes and goes as often as told, in all ways by turns, several at a time. */
export async function visit(path: string, count: number, atOnce: number): Promise<Visitors> {
  const names = Object.keys(VISITS);
  const visitors: Visitors = Object.fromEntries(names.map((name) => [name, { came: 0, failed: 0 }]));
  let next = 0;
  async function keepVisiting(): Promise<void> {
    while (next < count) {
      const name = names[next++ % names.length] as string;
      const entry = visitors[name] as Visitors[string];
      entry.came++;
      if (!(await VISITS[name]?.(path).catch(() => false))) entry.failed++;
    }
  }
  await Promise.all(Array.from({ length: atOnce }, keepVisiting));
  return visitors;
}
