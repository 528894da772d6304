import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { DEFAULT_PROCFS, readStartTime, type SocketHolder } from "@procmon/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKnownHolders, type KnownHolders } from "./known-holders.ts";

const EXACT = { confidence: "exact", via: "ebpf" } as const;

let server: Server;
let holder: SocketHolder;
let inode: number;
let forkedAt: bigint;
let known: KnownHolders;

beforeEach(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  inode = Number(/\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0]);
  holder = { pid: process.pid, startTime: readStartTime(DEFAULT_PROCFS, process.pid) ?? 0n, fd };
  forkedAt = 0n;
  known = createKnownHolders({
    procfs: DEFAULT_PROCFS,
    describe: ({ pid, startTime }) => ({ pid, startTime, comm: "me" }),
    hasForkedSince: (_, time) => forkedAt > time,
  });
});

afterEach(() => void server.close());

it("answers while the holder has its descriptor", async () => {
  expect(known.has(5)).toBe(false);
  known.learnSocket(5, inode, [holder], 10n);
  expect(known.has(5)).toBe(true);
  expect(known.find(5, EXACT)).toEqual({ kind: "process", ...EXACT, owners: [{ ...holder, comm: "me" }] });
  await new Promise((resolve) => server.close(resolve));
  expect(known.find(5, EXACT)).toBeUndefined();
});

it("does not answer once a holder has forked, until it is learned again", () => {
  known.learnSocket(5, inode, [holder], 10n);
  forkedAt = 11n;
  expect(known.find(5, EXACT)).toBeUndefined();
  known.learnSocket(5, inode, [holder], 12n);
  expect(known.find(5, EXACT)).toMatchObject({ kind: "process" });
});

it("does not answer where one of several is gone, or where they are too many to be asked", () => {
  known.learnSocket(5, inode, [holder, { ...holder, fd: 1_000_000 }], 10n);
  expect(known.find(5, EXACT)).toBeUndefined();
  known.learnSocket(5, inode, new Array(33).fill(holder), 10n);
  expect(known.find(5, EXACT)).toBeUndefined();
  expect(known.has(5)).toBe(true);
});

it("stays within its bounds", () => {
  for (let cookie = 1; cookie <= 20_000; cookie++) known.learnSocket(cookie, inode, [holder], 10n);
  expect(known.has(1)).toBe(false);
  expect(known.has(20_000)).toBe(true);
});
