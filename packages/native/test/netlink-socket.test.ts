import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import {
  type Datagram,
  encodeNetlinkMessage,
  forEachDatagram,
  forEachNetlinkMessage,
  type NetlinkMessage,
  type NetlinkSocket,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  openNetlinkSocket,
} from "@procmon/native";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { beforeEach, describe, expect, it } from "vitest";
import {
  nameOf,
  onlyEvents,
  openCommSocket,
  PROC_EVENT_EXEC,
  rename,
  subscribe,
  TGID_OFFSET,
  WHAT_OFFSET,
} from "./programs/comm-events.ts";
import { waitUntil } from "./programs/wait.ts";

/** Of `include/uapi/linux/audit.h` and `rtnetlink.h`. */
const AUDIT_GET = 1000;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const IFLA_IFNAME = 3;
const SCHED_FIFO = 1;

/** All replies to one request, read in this thread, until one tells the end, or is of type `last`. */
function ask(socket: NetlinkSocket, type: number, flags: number, last: number = NLMSG_DONE): NetlinkMessage[] {
  socket.send(encodeNetlinkMessage({ type, flags: flags | NLM_F_REQUEST, sequence: 7, payload: Buffer.alloc(16) }));
  const messages: NetlinkMessage[] = [];
  const into = Buffer.alloc(256 * 1024);
  while (!messages.some((message) => message.type === last || isFailure(message))) {
    const batch = socket.receive(into, 5000);
    if (!batch) throw new Error("no reply");
    forEachDatagram(Buffer.from(batch), {
      datagram: ({ payload }) => forEachNetlinkMessage(payload, (message) => messages.push(message)),
    });
  }
  return messages;
}

function isFailure({ type, payload }: NetlinkMessage): boolean {
  return type === NLMSG_ERROR && payload.readInt32LE(0) !== 0;
}

/** The names of interfaces, from the attributes that follow `struct ifinfomsg`. */
function interfaceNames(socket: NetlinkSocket): string[] {
  const names: string[] = [];
  for (const { type, payload } of ask(socket, RTM_GETLINK, NLM_F_DUMP)) {
    if (type !== RTM_NEWLINK) continue;
    for (let at = 16; at + 4 <= payload.length; at += (payload.readUInt16LE(at) + 3) & ~3) {
      if (payload.readUInt16LE(at + 2) !== IFLA_IFNAME) continue;
      names.push(payload.toString("latin1", at + 4, at + payload.readUInt16LE(at) - 1));
    }
  }
  return names;
}

describe("asking the kernel, in one thread", () => {
  it("gives a whole table, message by message", () => {
    using socket = openNetlinkSocket({ protocol: "route" });
    expect(interfaceNames(socket)).toContain("lo");
    const replies = ask(socket, RTM_GETLINK, NLM_F_DUMP);
    expect(new Set(replies.map(({ sequence, portId }) => `${sequence} ${portId}`))).toEqual(
      new Set([`7 ${socket.portId}`]),
    );
  });

  it("speaks with the audit system, too", ({ skip }) => {
    const missing = requirement("root");
    skip(missing !== undefined, missing);
    using socket = openNetlinkSocket({ protocol: "audit" });
    const [acknowledgement, status] = ask(socket, AUDIT_GET, NLM_F_ACK, AUDIT_GET).sort((a, b) => a.type - b.type);
    expect(acknowledgement?.payload.readInt32LE(0)).toBe(0);
    // Mask, enabled, failure, pid, rate limit, backlog limit, lost, backlog: `struct audit_status`.
    expect(status?.payload.length).toBeGreaterThanOrEqual(32);
  });

  it("waits no longer than it is told, and gives nothing then", () => {
    using socket = openNetlinkSocket({ protocol: "route" });
    expect(socket.receive(Buffer.alloc(128 * 1024), 0)).toBeUndefined();
    expect(socket.receive(Buffer.alloc(128 * 1024), 20)).toBeUndefined();
  });

  it("hands on what the kernel refuses", () => {
    using socket = openNetlinkSocket({ protocol: "route" });
    const [reply] = ask(socket, 0xfff0, 0);
    expect(reply?.type).toBe(NLMSG_ERROR);
    expect(reply?.payload.readInt32LE(0)).toBe(-95);
  });

  it("drops what other processes send, and counts it", async ({ skip }) => {
    const missing = requirement("root");
    skip(missing !== undefined, missing);
    using socket = openNetlinkSocket({ protocol: "route" });
    await using _ = await spawnFixture("send-netlink", ["0", String(socket.portId)]);
    expect(socket.receive(Buffer.alloc(128 * 1024), 100)).toBeUndefined();
    expect(socket.strangers).toBe(1);
    expect(interfaceNames(socket)).toContain("lo");
  });
});

describe("what cannot be done", () => {
  it("is an error with the errno's name and the system call", () => {
    const wrong = openSync("/dev/null", "r");
    expect(() => openNetlinkSocket({ protocol: "route", netns: wrong })).toThrow(
      expect.objectContaining({ name: "NativeError", code: "EINVAL", syscall: "socket" }),
    );
    closeSync(wrong);
    expect(() => openNetlinkSocket({ protocol: "route", groups: [100_000] })).toThrow(
      expect.objectContaining({ code: "EINVAL", syscall: "setsockopt" }),
    );
    expect(() => openNetlinkSocket({ protocol: "route", filter: [] })).toThrow(
      expect.objectContaining({ code: "EINVAL" }),
    );
    using socket = openNetlinkSocket({ protocol: "route" });
    expect(() => socket.receive(Buffer.alloc(64), 0)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    expect(() => socket.send("text" as never)).toThrow(expect.objectContaining({ code: "EINVAL" }));
  });

  it("leaves no descriptor open", () => {
    const before = openDescriptors();
    for (let i = 0; i < 20; i++) {
      expect(() => openNetlinkSocket({ protocol: "route", groups: [100_000] })).toThrow();
    }
    expect(openDescriptors()).toEqual(before);
  });

  it.each([
    { batchBytes: 1024 },
    { batchBytes: 1 << 30 },
    { intervalMs: "soon" as never },
    {
      captures: [
        { offset: 0, value: 0, pidOffset: 0, files: [{ name: "../1/exe", kind: "link", limit: 10 }] },
      ] as const,
    },
    { captures: [{ offset: 0, value: 0, pidOffset: 0, files: [{ name: "exe", kind: "odd" as never, limit: 10 }] }] },
    {
      captures: [
        { offset: 0, value: 0, pidOffset: 0, files: [{ name: "exe", kind: "file", limit: 1 << 30 }] },
      ] as const,
    },
    {
      captures: [{ offset: 0, value: 0, pidOffset: 0, files: [{ name: "exe", kind: "link", limit: 9 }] }] as const,
      procfsRoot: "/no/such/folder",
    },
  ])("a reader is not started with %o, and the socket stays usable", (options) => {
    using socket = openNetlinkSocket({ protocol: "route" });
    expect(() => socket.read({ onBatch() {}, onError() {}, ...options })).toThrow(
      expect.objectContaining({ name: "NativeError" }),
    );
    expect(interfaceNames(socket)).toContain("lo");
  });
});

describe("reading in a thread", () => {
  beforeEach(({ skip }) => {
    const missing = requirement("root");
    skip(missing !== undefined, missing);
  });

  it("delivers in order, with the filter's choice alone", async () => {
    using socket = openCommSocket();
    const names: string[] = [];
    const reader = socket.read({
      onBatch: (batch) => forEachDatagram(batch, { datagram: (datagram) => names.push(nameOf(datagram)) }),
      onError: fail,
    });
    rename(100);
    await waitUntil("100 events", () => names.length === 100);
    expect(names).toEqual(Array.from({ length: 100 }, (_, number) => `name${number}`));
    const { datagrams, batches } = reader.stats();
    expect(datagrams).toBe(100);
    // Many share a wake-up: this thread was busy while they came.
    expect(batches).toBeLessThan(20);
  });

  it("runs as soon as something arrives, where it may", async () => {
    using normal = openCommSocket();
    using urgent = openCommSocket();
    const options = { onBatch() {}, onError: fail };
    const readers = [normal.read(options), urgent.read({ ...options, urgent: true })];
    await waitUntil("the thread says how", () => readers[1]?.stats().urgency !== "none");
    expect(readers.map((reader) => reader.stats().urgency)).toEqual(["none", "real-time"]);
    expect(threadPolicies()).toContain(SCHED_FIFO);
  });

  it("reads files of the process that a datagram is about, at once", async () => {
    const child = spawn("sh", ["-c", "read line; exec sleep 3600"], { stdio: ["pipe", "ignore", "ignore"] });
    const ended = once(child, "exit");
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    using socket = openNetlinkSocket({ protocol: "connector", groups: [1], filter: onlyEvents(PROC_EVENT_EXEC, pid) });
    subscribe(socket);
    const seen: Datagram[] = [];
    const files = [
      { name: "exe", kind: "link", limit: 4096 },
      { name: "cmdline", kind: "file", limit: 8 },
      { name: "nothing", kind: "file", limit: 8 },
      { name: "environ", kind: "file", limit: 0 },
    ] as const;
    socket.read({
      onBatch: (batch) => forEachDatagram(batch, { datagram: (datagram) => seen.push(datagram) }),
      onError: fail,
      captures: [{ offset: WHAT_OFFSET, value: PROC_EVENT_EXEC, pidOffset: TGID_OFFSET, files }],
    });
    child.stdin.write("go\n");
    await waitUntil("the exec", () => seen.length === 1);
    const [exe, cmdline, nothing, environ] = seen[0]?.captures ?? [];
    expect(exe).toMatchObject({ error: 0, truncated: false });
    expect(exe?.bytes.toString()).toBe(readlinkSync(`/proc/${pid}/exe`));
    expect(cmdline).toMatchObject({ error: 0, truncated: true });
    expect(cmdline?.bytes.toString()).toBe("sleep\x0036");
    expect(nothing).toMatchObject({ error: 2, truncated: false });
    expect(environ).toMatchObject({ error: 0, truncated: true });
    expect(environ?.bytes.length).toBe(0);
    expect(seen[0]?.capturedAt).toBeGreaterThan(seen[0]?.receivedAt ?? 0n);
    child.kill("SIGKILL");
    await ended;
  });
});

describe("another network namespace", () => {
  it("is where the socket is opened, and this thread stays where it was", async ({ skip }) => {
    const missing = requirement("namespaces");
    skip(missing !== undefined, missing);
    await using inside = await spawnFixture("odd-process", ["wait"], { enter: ["net"] });
    const own = readlinkSync("/proc/thread-self/ns/net");
    const netns = openSync(`/proc/${inside.pid}/ns/net`, "r");
    using there = openNetlinkSocket({ protocol: "route", netns });
    closeSync(netns);
    expect(interfaceNames(there)).toContain("lo");
    expect(readlinkSync("/proc/thread-self/ns/net")).toBe(own);
    expect(readlinkSync(`/proc/${inside.pid}/ns/net`)).not.toBe(own);
    using here = openNetlinkSocket({ protocol: "route" });
    expect(interfaceNames(there)).not.toEqual(interfaceNames(here));
  });
});

/** The scheduling policy of each thread of this process: field 41 of `stat` (proc_pid_stat(5)). */
function threadPolicies(): number[] {
  return readdirSync("/proc/self/task").map((tid) => {
    const stat = readFileSync(`/proc/self/task/${tid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38]);
  });
}

function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd");
}

function fail(error: Error): never {
  throw error;
}
