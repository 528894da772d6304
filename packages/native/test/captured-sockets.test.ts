import { closeSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CapturedSocket } from "@procmon/native";
import { type Fixture, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildCaptures } from "./build-captures.ts";
import { EBADF, EBUSY, ENOENT, ENOTSOCK, ESRCH, EXDEV, listen, lookAt } from "./captures.test-kit.ts";
import { type Captures, loadCaptures } from "./programs/captures-addon.ts";
import { waitUntil } from "./programs/wait.ts";

const missing = requirement("root", "namespaces");
const folder = mkdtempSync(join(tmpdir(), "procmon-captures-"));
const binary = join(folder, "captures.node");
let captures: Captures;

beforeAll(() => {
  if (missing !== undefined) return;
  buildCaptures(binary);
  captures = loadCaptures(binary);
}, 60_000);
beforeEach(({ skip }) => skip(missing !== undefined, missing));
afterAll(() => rmSync(folder, { recursive: true }));

const look = (pid: number, fd: number, procfsRoot?: string) => lookAt(captures, pid, fd, procfsRoot);

describe("a socket of another process", () => {
  interface Reply {
    readonly pid: number;
    readonly value: number;
    readonly error: number;
    readonly port: number;
  }
  let driver: Fixture<Reply>;
  let netns: number;
  beforeAll(async () => {
    if (missing !== undefined) return;
    driver = await spawnFixture<Reply>("drive-sockets", [], { enter: ["net"] });
    netns = Number(/\d+/.exec(readlinkSync(`/proc/${driver.pid}/ns/net`))?.[0]);
  });
  afterAll(() => driver?.stop());

  async function drive(line: string): Promise<number> {
    driver.tell(line);
    return (await driver.next()).value;
  }

  /** The socket, and what its link and its process say besides. */
  function describeAt(fd: number): Partial<CapturedSocket> {
    const { socket, stat } = look(driver.pid, fd);
    if (!socket) throw new Error(`no socket at ${fd}`);
    const { inode, cookie, ...rest } = socket;
    expect(readlinkSync(`/proc/${driver.pid}/fd/${fd}`)).toBe(`socket:[${inode}]`);
    expect(stat.bytes.toString()).toMatch(new RegExp(`^${driver.pid} `));
    expect(cookie).toBeGreaterThan(0n);
    expect(rest.netns).toBe(netns);
    return rest;
  }

  it("listens, accepts, and is connected", async () => {
    const listener = await drive("socket 6 stream 0");
    await drive(`bind ${listener} :: 7001`);
    await drive(`listen ${listener} 8`);
    const client = await drive("socket 4 stream 0");
    const unbound = { family: 2, type: 1, protocol: 6, netns, isListening: false, local: { ip: "0.0.0.0", port: 0 } };
    expect(describeAt(client)).toEqual(unbound);
    await drive(`bind ${client} 127.0.0.2 7002`);
    await drive(`connect ${client} 127.0.0.1 7001`);
    const accepted = await drive(`accept ${listener}`);
    const v6 = { family: 10, type: 1, protocol: 6, netns };
    expect(describeAt(listener)).toEqual({ ...v6, isListening: true, local: { ip: "::", port: 7001 } });
    expect(describeAt(client)).toEqual({
      ...unbound,
      local: { ip: "127.0.0.2", port: 7002 },
      peer: { ip: "127.0.0.1", port: 7001 },
    });
    expect(describeAt(accepted)).toEqual({
      ...v6,
      isListening: false,
      local: { ip: "::ffff:127.0.0.1", port: 7001 },
      peer: { ip: "::ffff:127.0.0.2", port: 7002 },
    });
    await drive(`shutdown ${client}`);
    expect(await drive(`recv ${accepted} 1`)).toBe(0);
  });

  it("has no peer while it connects", async () => {
    const listener = await drive("socket 4 stream 0");
    await drive(`bind ${listener} 127.0.0.1 7003`);
    await drive(`listen ${listener} 0`);
    await drive(`connect ${await drive("socket 4 stream 0")} 127.0.0.1 7003`);
    const waiting = await drive("socket 4 stream 0");
    await drive(`nonblock ${waiting}`);
    expect(await drive(`connect ${waiting} 127.0.0.1 7003`)).toBe(-1);
    expect(describeAt(waiting)).toMatchObject({ isListening: false, local: { ip: "127.0.0.1" } });
    expect(describeAt(waiting)).not.toHaveProperty("peer");
  });

  it("sends datagrams, to one peer or many", async () => {
    const udp = await drive("socket 6 dgram 0");
    await drive(`bind ${udp} ::1 7004`);
    const plain = { family: 10, type: 2, protocol: 17, netns, isListening: false, local: { ip: "::1", port: 7004 } };
    expect(describeAt(udp)).toEqual(plain);
    await drive(`connect ${udp} ::1 7005`);
    expect(describeAt(udp)).toEqual({ ...plain, peer: { ip: "::1", port: 7005 } });
  });

  it("is gone, or is of a thread alone", async () => {
    const gone = await drive("socket 4 stream 0");
    await drive(`close ${gone}`);
    expect(look(driver.pid, gone).error).toBe(EBADF);
    expect(look(driver.pid, 0x7fffffff).error).toBe(EBADF);
    const nobody = look(0x7ffffffe, 0);
    expect([nobody.error, nobody.stat.error]).toEqual([ESRCH, ENOENT]);
    await using threads = await spawnFixture<{ pid: number; fd: number }>("odd-threads", ["own-table"]);
    expect(look(threads.pid, threads.ready.fd).error).toBe(EBADF);
  });

  it("is not looked for where procfs counts processes otherwise", async () => {
    await using inside = await spawnFixture("odd-process", ["wait"], { enter: ["mount", "pid", "proc"] });
    const root = `/proc/${inside.pid}/root/proc`;
    const { error, stat } = look(1, 0, root);
    expect([error, stat.error]).toEqual([EXDEV, 0]);
  });
});

describe("a look at a socket", () => {
  it("leaves it as it was, and no descriptor behind", async () => {
    using server = await listen({ port: 0, host: "127.0.0.1" });
    const before = readdirSync("/proc/self/fd");
    for (let round = 0; round < 100; round++) expect(look(process.pid, server.fd).socket?.isListening).toBe(true);
    expect(readdirSync("/proc/self/fd")).toEqual(before);
    expect(look(process.pid, server.fd).socket?.local).toEqual({ ip: "127.0.0.1", port: server.port });
  });

  it("names no ends of another family", async () => {
    using server = await listen({ path: join(folder, "socket") });
    const { socket } = look(process.pid, server.fd);
    expect(socket).toMatchObject({ family: 1, type: 1, protocol: 0, isListening: true });
    expect(socket).not.toHaveProperty("local");
    expect(readlinkSync(`/proc/self/fd/${server.fd}`)).toBe(`socket:[${socket?.inode}]`);
  });

  it("closes one that lingers in its own time", async () => {
    const fd = captures.lingering();
    const before = readdirSync("/proc/self/fd");
    for (let round = 0; round < 10; round++) {
      await waitUntil("a look", () => look(process.pid, fd).socket?.type === 1);
    }
    await waitUntil("all are closed", () => readdirSync("/proc/self/fd").join() === before.join());
    closeSync(fd);
  });

  it("asks nothing of a file", () => {
    const file = openSync(join(folder, "captures.node"), "r");
    expect(look(process.pid, file).error).toBe(ENOTSOCK);
    closeSync(file);
  });

  it("waits for no close that lasts, and is not taken while many do", async () => {
    const peers: Socket[] = [];
    using server = await listen({ port: 0, host: "127.0.0.1" }, (peer) => peers.push(peer.pause()));
    captures.hangInClosing(server.port, 15);
    expect(look(process.pid, server.fd).error).toBe(0);
    captures.hangInClosing(server.port, 1);
    expect(look(process.pid, server.fd).error).toBe(EBUSY);
    await waitUntil("all have come", () => peers.length === 16);
    for (const peer of peers) peer.resetAndDestroy();
    await waitUntil("they are closed", () => look(process.pid, server.fd).error === 0);
  });
});
