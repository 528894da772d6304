import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeError, openSockDiag, type SockDiag } from "@procmon/native";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

interface States {
  readonly pid: number;
  readonly listener: number;
  readonly udp: number;
  readonly dual: number;
}

let diag: SockDiag;
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  diag = openSockDiag();
});

afterEach(() => {
  diag.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(options: ListenOptions): Promise<number> {
  const server = createServer((socket) => sockets.push(socket)).listen(options);
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A connection, and its local port. */
async function open(port: number, host: string): Promise<number> {
  const server = servers.at(-1);
  const socket = connect(port, host);
  sockets.push(socket);
  await Promise.all([once(socket, "connect"), server && once(server, "connection")]);
  return socket.localPort ?? 0;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return NativeError.isInstance(error) ? error.code : (error as { code?: string }).code;
  }
  return undefined;
}

const descriptors = (): number => readdirSync("/proc/self/fd").length;

describe("a TCP connection", () => {
  it("is found by its tuple, and is the row of the table", async () => {
    const port = await listen({ port: 0, host: "127.0.0.1" });
    const own = await open(port, "127.0.0.1");
    const ends = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: own, dstIp: "127.0.0.1", dstPort: port } as const;
    const found = diag.findInet(ends);
    expect(found).toMatchObject({ ...ends, state: "established", uid: process.getuid?.() });
    expect(diag.dumpInet("tcp").filter((row) => row.srcPort === own)).toEqual([found]);
    const accepted = diag.findInet({ ...ends, srcPort: port, dstPort: own });
    expect(accepted).toMatchObject({ srcPort: port, dstPort: own, state: "established" });
    expect(accepted?.inode).not.toBe(found?.inode);
    expect(accepted?.cookie).not.toBe(found?.cookie);
    expect(diag.findInet(ends, { tcpInfo: true })?.tcpInfo).toMatchObject({ totalRetransmits: 0, bytesSent: 0n });
  });

  it("is found by mapped addresses, and where a dual-stack socket accepted it", async () => {
    const port = await listen({ port: 0, host: "::" });
    const own = await open(port, "127.0.0.1");
    const ends = { protocol: "tcp", srcPort: port, dstPort: own } as const;
    const mapped = { srcIp: "::ffff:127.0.0.1", dstIp: "::ffff:127.0.0.1" };
    const row = diag.findInet({ ...ends, srcIp: "127.0.0.1", dstIp: "127.0.0.1" });
    expect(row).toMatchObject({ ...mapped, protocol: "tcp6" });
    expect(diag.findInet({ ...ends, ...mapped })).toEqual(row);
    expect(diag.findInet({ ...ends, ...mapped, dstPort: port, srcPort: own })?.protocol).toBe("tcp");
  });

  it("that is not there gives its listener, or nothing", async () => {
    const port = await listen({ port: 0, host: "::1", ipv6Only: true });
    const ends = { protocol: "tcp6", srcIp: "::1", srcPort: port, dstIp: "::1", dstPort: 1 } as const;
    expect(diag.findInet(ends)).toMatchObject({ state: "listen", srcPort: port, dstPort: 0 });
    expect(diag.findInet({ ...ends, srcPort: 1 })).toBeUndefined();
  });

  it("passes the filter of its port and its state", async () => {
    const port = await listen({ port: 0, host: "127.0.0.1" });
    const own = await open(port, "127.0.0.1");
    const portsOf = (srcPorts: number[], states?: "listen"[]) =>
      diag.dumpInet("tcp", { srcPorts: new Set(srcPorts), ...(states ? { states } : {}) }).map((row) => row.srcPort);
    expect(portsOf([own])).toEqual([own]);
    expect(portsOf([own, port]).sort()).toEqual([own, port, port].sort());
    expect(portsOf([own, port], ["listen"])).toEqual([port]);
    expect(portsOf([])).toEqual([]);
    // More than the kernel is asked to compare with.
    const many = Array.from({ length: 3000 }, (_, index) => index * 2);
    expect(portsOf([...many, own]).filter((each) => each === own)).toEqual([own]);
  });
});

describe("a UDP socket", () => {
  it("is found by the ends it is connected to", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    const ends = { protocol: "udp", srcIp: "127.0.0.1", srcPort: port, dstIp: "127.0.0.1", dstPort: 9 } as const;
    expect(diag.findInet(ends)).toMatchObject({ state: "unconnected", srcPort: port, dstIp: "0.0.0.0", dstPort: 0 });
    socket.connect(9, "127.0.0.1");
    await once(socket, "connect");
    expect(diag.findInet(ends)).toMatchObject({ ...ends, state: "established" });
    expect(diag.findInet({ ...ends, srcPort: 9, dstPort: port })).toBeUndefined();
    expect(diag.dumpInet("udp", { srcPorts: new Set([port]) })).toEqual([diag.findInet(ends)]);
    socket.close();
  });
});

describe("unix sockets", () => {
  it("name each other", async () => {
    const path = join(tmpdir(), `procmon-diag-${process.pid}`);
    await listen({ path });
    await open(path as never, "");
    const rows = diag.dumpUnix();
    const byInode = new Map(rows.map((row) => [row.inode, row]));
    const bound = rows.filter((row) => row.name?.toString() === path);
    expect(bound.map((row) => row.state).sort()).toEqual(["established", "listen"]);
    const accepted = bound.find((row) => row.state === "established");
    const client = byInode.get(accepted?.peerInode ?? 0);
    expect(client).toMatchObject({ type: "stream", state: "established", peerInode: accepted?.inode });
    rmSync(path, { force: true });
  });
});

describe("the name of a unix socket", () => {
  it("is whole, also where a newline breaks its line in /proc/net/unix", async () => {
    const path = join(tmpdir(), `procmon-diag\n-${process.pid}`);
    await listen({ path });
    expect(diag.dumpUnix().map((row) => row.name?.toString())).toContain(path);
    expect(
      readFileSync("/proc/net/unix", "utf8")
        .split("\n")
        .some((line) => line.endsWith("procmon-diag")),
    ).toBe(true);
  });
});

describe("netlink sockets", () => {
  it("are those of /proc/net/netlink", () => {
    const listed = readFileSync("/proc/net/netlink", "latin1").trim().split("\n").slice(1);
    const theirs = listed.map((line) => {
      const [, protocol, portId, groups, , , , , , inode] = line.trim().split(/\s+/);
      return `${protocol} ${portId} ${groups} ${inode}`;
    });
    const first32 = (groups: readonly number[]) =>
      groups.filter((group) => group <= 32).reduce((bits, group) => (bits | (1 << (group - 1))) >>> 0, 0);
    const ours = diag.dumpNetlink().map(({ protocol, portId, groups, inode }) => {
      return `${protocol} ${portId} ${first32(groups).toString(16).padStart(8, "0")} ${inode}`;
    });
    expect(ours).toContainEqual(expect.stringMatching(/^4 [1-9]/));
    // Others come and go.
    const inBoth = ours.filter((row) => theirs.includes(row));
    expect(inBoth.length).toBeGreaterThan(3);
    expect(ours.filter((row) => row.split(" ")[1] === "0").sort()).toEqual(
      theirs.filter((row) => row.split(" ")[1] === "0").sort(),
    );
  });
});

describe("another network namespace", () => {
  const missing = requirement("namespaces");

  it.skipIf(missing)("is read through a descriptor, which is not kept", async () => {
    const before = descriptors();
    const path = join(tmpdir(), `procmon-states-${process.pid}`);
    await using fixture = await spawnFixture<States>("socket-states", [path], { enter: ["net"] });
    rmSync(path);
    const netns = openSync(`/proc/${fixture.pid}/ns/net`, "r");
    const other = openSockDiag({ netns });
    closeSync(netns);
    expect(other.dumpInet("tcp").map((row) => row.srcPort)).toContain(fixture.ready.listener);
    expect(diag.dumpInet("tcp", { srcPorts: new Set([fixture.ready.listener]), states: ["listen"] })).toEqual([]);
    expect(other.dumpPacket().map(({ type, interfaceIndex }) => [type, interfaceIndex])).toEqual([
      ["raw", 1],
      ["dgram", 0],
    ]);
    const listener = other.dumpUnix().find((row) => row.state === "listen");
    expect(listener).toMatchObject({
      receiveQueue: 2,
      sendQueue: 4,
      waitingPeers: [expect.any(Number), expect.any(Number)],
    });
    const joined = other.dumpNetlink().filter((row) => row.groups.length > 0);
    expect(joined).toMatchObject([{ protocol: 0, groups: [1, 5, 31] }]);
    other.close();
    await fixture.stop();
    expect(descriptors()).toBe(before);
  });
});

describe("what goes wrong", () => {
  it("is a table that this kernel does not have", () => {
    // The module raw_diag is seldom built.
    expect(["ENOENT", undefined]).toContain(codeOf(() => diag.dumpInet("raw")));
    expect(diag.usable).toBe(true);
    expect(diag.dumpInet("udplite")).toBeInstanceOf(Array);
  });

  it("is an address that is none", () => {
    const ends = { protocol: "tcp", srcIp: "localhost", srcPort: 1, dstIp: "::1", dstPort: 1 } as const;
    expect(codeOf(() => diag.findInet(ends))).toBe("EINVAL");
    expect(diag.usable).toBe(true);
  });

  it("is an answer that does not come in time", () => {
    const hasty = openSockDiag({ timeoutMs: 0 });
    expect(codeOf(() => hasty.dumpInet("tcp"))).toBe("ETIMEDOUT");
    expect(hasty.usable).toBe(false);
    hasty.close();
  });

  it("is a question after the end", () => {
    const before = descriptors();
    const closed = openSockDiag();
    closed.close();
    closed.close();
    expect(codeOf(() => closed.dumpUnix())).toBe("EBADF");
    expect(descriptors()).toBe(before);
  });
});
