import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { DEFAULT_PROCFS } from "@procmon/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { holderRecordBytes, joinBytes } from "../records/record-bytes.test-kit.ts";
import { readSocketList } from "../sockets/socket-list.ts";
import { diagRow } from "../sockets/tables.test-kit.ts";
import { createUnheldSockets, type InodeFilter, type UnheldSockets } from "./unheld-sockets.ts";

const ends = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "0.0.0.0", dstPort: 0, netns: 1 } as const;
const row = (inode: number) => diagRow(ends, { inode, cookie: BigInt(inode) + 100n, state: "listen", uid: 7 });
const all: InodeFilter = (inodes) => inodes;
/** An inode that no socket of this machine has. */
const NOWHERE = 4_294_967_000;

let listed: number[];
let searches: number;
let unheld: UnheldSockets;

beforeEach(() => {
  listed = [];
  searches = 0;
  unheld = createUnheldSockets(DEFAULT_PROCFS, async () => {
    searches++;
    return readSocketList(joinBytes(listed.map((inode) => holderRecordBytes({ pid: 42, fd: 3, inode, state: 10 }))));
  });
});

let server: Server | undefined;
afterEach(() => void server?.close());

it("looks once more for a socket that was made meanwhile", async () => {
  listed.push(NOWHERE);
  const explained = await unheld.explain([row(NOWHERE)], all);
  expect(explained.get(NOWHERE)).toEqual({ holders: [{ pid: 42, startTime: 0n, fd: 3 }] });
});

it("leaves out one that is closed", async () => {
  expect((await unheld.explain([row(NOWHERE)], () => new Set())).size).toBe(0);
});

it("leaves out only those that are closed", async () => {
  const open = await unheld.explain([row(NOWHERE), row(NOWHERE + 1)], (asked) => {
    return new Set([...asked].filter((inode) => inode === NOWHERE));
  });
  expect([...open.keys()]).toEqual([NOWHERE]);
});

it("finds a holder that the kernel's list leaves out", async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const inode = Number(/\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0]);
  const explained = await unheld.explain([row(inode)], all);
  expect(explained.get(inode)).toMatchObject({ holders: [{ pid: process.pid, fd }] });
});

it("remembers what nobody holds, and searches for each socket but once", async () => {
  const first = await unheld.explain([row(NOWHERE)], all);
  // Where some processes may not be looked at, one of these may hold it.
  const { ownership } = first.get(NOWHERE) as { ownership: { kind: string } };
  expect(["kernel", "hidden", "none"]).toContain(ownership.kind);
  expect(unheld.hidden === undefined).toBe(ownership.kind !== "hidden");
  expect(searches).toBe(1);
  expect((await unheld.explain([row(NOWHERE)], all)).get(NOWHERE)).toEqual({ ownership });
  expect(searches).toBe(1);
  await unheld.explain([row(NOWHERE), row(NOWHERE + 1)], all);
  expect(searches).toBe(2);
});

it("asks nobody where there is no such socket", async () => {
  expect((await unheld.explain([], all)).size).toBe(0);
  expect(searches).toBe(0);
});
