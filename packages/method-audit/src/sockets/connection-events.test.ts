import type { EmittedEvent } from "@procmon/core";
import type { CapturedSocket } from "@procmon/native";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecordingHost, type RecordingHost } from "../lookup/recording-host.test-kit.ts";
import { createSocketHints, type SocketHints } from "../lookup/socket-hints.ts";
import { type ConnectionEvents, createConnectionEvents } from "./connection-events.ts";
import type { SocketEvent } from "./seen-socket.ts";
import { accepted, called, captured, PROCESS, socketMade } from "./socket-events.test-kit.ts";

const CHILD = { ...PROCESS, pid: 5_000_002, ppid: PROCESS.pid };

let host: RecordingHost;
let hints: SocketHints;
let events: ConnectionEvents;

beforeEach(() => {
  host = createRecordingHost();
  hints = createSocketHints();
  events = createConnectionEvents({ host, hints });
});

afterEach(() => {
  events.stop();
  host[Symbol.dispose]();
});

function apply(event: SocketEvent, socket?: CapturedSocket, process = PROCESS): void {
  events.apply(event, process, socket ? { socket } : {});
}

/** What was told, in one line each; the namespace only where it is not the process's. */
function told(): string[] {
  return host.events.map(lineOf);
}

function lineOf(event: EmittedEvent): string {
  if (!("connection" in event)) return event.type;
  const { protocol, srcIp, srcPort, dstIp, dstPort, netns } = event.connection;
  const error = event.type === "connect" && event.error ? ` ${event.error}` : "";
  const place = netns === PROCESS.netns ? "" : ` in ${netns}`;
  return `${event.type} ${protocol} ${srcIp}:${srcPort} ${dstIp}:${dstPort}${error}${place}`;
}

describe("a connect", () => {
  it("is told with its process as the owner", () => {
    const event = called("connect", 3, "10.0.0.2 443");
    apply(socketMade(3, 2, 1));
    apply(event, captured("tcp 10.0.0.1 40000 10.0.0.2 443"));
    const { pid, startTime, comm, path } = PROCESS;
    expect(host.events).toEqual([
      {
        type: "connect",
        time: event.time,
        connection: { protocol: "tcp", srcIp: "10.0.0.1", srcPort: 40_000, dstIp: "10.0.0.2", dstPort: 443, netns: 99 },
        ownership: {
          kind: "process",
          confidence: "exact",
          via: "audit",
          owners: [{ pid, startTime, comm, path }],
        },
        process: PROCESS,
      },
    ]);
    expect(hints.ofSocket(7)).toMatchObject({ holders: [{ pid, startTime, fd: 3 }], since: event.time });
    const asked = { protocol: "tcp", srcIp: "10.0.0.1", srcPort: 40_000, dstIp: "10.0.0.2", dstPort: 443, netns: 99 };
    expect(hints.ofConnection(asked as never)).toMatchObject({ owner: { pid }, inode: 7 });
  });

  it.each<[string, CapturedSocket]>([
    ["another peer", captured("tcp 10.0.0.1 40000 10.0.0.2 80")],
    ["another address", captured("tcp 10.0.0.1 40000 10.0.0.3 443")],
    ["another family", captured("tcp ::1 40000 ::1 443")],
    ["no peer, though it is connected", captured("tcp 10.0.0.1 40000")],
    ["a socket of another kind", captured("tcp 10.0.0.1 40000", { family: 1 })],
  ])("is told without its own end where the descriptor has %s by then", (_, socket) => {
    apply(socketMade(3, 2, 1));
    apply(called("connect", 3, "10.0.0.2 443"), socket);
    expect(told()).toEqual(["connect tcp 0.0.0.0:0 10.0.0.2:443"]);
    expect(hints.stats()).toMatchObject({ hintSockets: 0, hintConnections: 0, hintPeers: 1 });
  });

  it("that is on its way is none that failed, and the call that waits for its end is not another one", () => {
    apply(socketMade(3, 2, 1), captured("tcp 0.0.0.0 0"));
    apply(called("connect", 3, "10.0.0.2 443", 115), captured("tcp 10.0.0.1 40000"));
    apply(called("connect", 3, "10.0.0.2 443", 114));
    apply(called("connect", 3, "10.0.0.2 443"), captured("tcp 10.0.0.1 40000 10.0.0.2 443"));
    apply(called("connect", 3, "10.0.0.2 443", 106));
    expect(told()).toEqual(["connect tcp 10.0.0.1:40000 10.0.0.2:443 in 99"]);
    apply(called("connect", 3, "10.0.0.2 443", 111));
    expect(told().slice(1)).toEqual(["connect tcp 0.0.0.0:0 10.0.0.2:443 ECONNREFUSED in 99"]);
  });

  it("takes no socket for its own that was made since", () => {
    apply(socketMade(3, 2, 1), captured("tcp 0.0.0.0 0", { inode: 6 }));
    apply(called("connect", 3, "10.0.0.2 443", 115), captured("tcp 10.0.0.1 40000"));
    expect(told()).toEqual(["connect tcp 0.0.0.0:0 10.0.0.2:443 in 99"]);
  });

  it("that failed gives no hint", () => {
    apply(socketMade(3, 10, 1));
    apply(called("connect", 3, "::1 443", 111), captured("tcp ::1 40000"));
    expect(told()).toEqual(["connect tcp6 ::1:40000 ::1:443 ECONNREFUSED in 99"]);
    expect(hints.stats()).toMatchObject({ hintSockets: 0, hintConnections: 0, hintPeers: 0 });
  });

  it("of which only the call is known is most likely one of TCP", () => {
    apply(called("connect", 3, "10.0.0.2 53", 115));
    apply(called("connect", 4, "10.0.0.2 443"));
    apply(called("connect", 5, "10.0.0.2 53"));
    apply(called("connect", 6, "10.0.0.2 0"));
    expect(told()).toEqual([
      "connect tcp 0.0.0.0:0 10.0.0.2:53",
      "connect tcp 0.0.0.0:0 10.0.0.2:443",
      "flow udp 0.0.0.0:0 10.0.0.2:53",
    ]);
  });

  it("of what is no socket, or of no address, is not told", () => {
    apply(called("connect", 3, "10.0.0.2 443", 88));
    apply(called("connect", 3));
    apply({ ...called("connect", 3), address: { family: "unix", path: "/a", abstract: false } });
    apply({ ...called("connect", 3), address: { family: "other", number: 0, bytes: new Uint8Array() } });
    expect(told()).toEqual([]);
  });

  it("of SCTP, and of an IPv6 socket to IPv4, keeps its family", () => {
    apply(socketMade(3, 2, 1, 132));
    apply(called("connect", 3, "10.0.0.2 443"));
    apply(socketMade(4, 10, 1));
    apply(called("connect", 4, "::ffff:10.0.0.2 443"), captured("tcp ::ffff:10.0.0.1 40000 ::ffff:10.0.0.2 443"));
    apply(socketMade(5, 10, 2));
    apply(called("connect", 5, "10.0.0.2 53"));
    expect(told()).toEqual([
      "connect sctp 0.0.0.0:0 10.0.0.2:443",
      "connect tcp6 ::ffff:10.0.0.1:40000 ::ffff:10.0.0.2:443 in 99",
      "flow udp6 :::0 ::ffff:10.0.0.2:53",
    ]);
  });
});

describe("a listener", () => {
  it("is told once, and so are those whom it accepts", () => {
    apply(socketMade(3, 2, 1));
    apply(called("bind", 3, "0.0.0.0 80"));
    apply(called("listen", 3));
    apply(called("listen", 3), captured("tcp 0.0.0.0 80", { isListening: true }));
    apply(accepted(3, 4, "10.0.0.9 5000"));
    apply(accepted(3, 5), captured("tcp 10.0.0.1 80 10.0.0.8 5001", { inode: 8 }));
    apply(accepted(3, 6), captured("tcp 10.0.0.1 81 10.0.0.8 5001", { inode: 9 }));
    expect(told()).toEqual([
      "listen tcp 0.0.0.0:80 0.0.0.0:0",
      "accept tcp 0.0.0.0:80 10.0.0.9:5000 in 99",
      "accept tcp 10.0.0.1:80 10.0.0.8:5001 in 99",
      "accept tcp 0.0.0.0:80 0.0.0.0:0 in 99",
    ]);
  });

  it("on a port that the kernel chose is seen", () => {
    apply(socketMade(3, 10, 1));
    apply(called("bind", 3, ":: 0"), captured("tcp :: 41234"));
    apply(called("listen", 3), captured("tcp :: 41234", { isListening: true }));
    expect(told()).toEqual(["listen tcp6 :::41234 :::0 in 99"]);
    expect(hints.ofSocket(7)?.holders).toMatchObject([{ fd: 3 }]);
  });

  it("on a port that the kernel chose, and nobody saw, is told without it", () => {
    apply(socketMade(3, 2, 1));
    apply(called("bind", 3, "127.0.0.1 0"));
    apply(called("listen", 3));
    apply(accepted(3, 4));
    expect(told()).toEqual(["listen tcp 127.0.0.1:0 0.0.0.0:0", "accept tcp 127.0.0.1:0 0.0.0.0:0"]);
    expect(hints.stats()).toMatchObject({ hintConnections: 0 });
    expect(events.stats()).toMatchObject({ unknownEnds: 2 });
  });

  it("that may have the place of one that was closed is not told, nor whom it accepts", () => {
    apply(socketMade(3, 2, 1));
    apply(called("bind", 3, "127.0.0.1 80"));
    apply(called("listen", 3), captured("tcp 127.0.0.1 80", { isListening: true }));
    // The next one that has it may be there by the time that somebody looks.
    apply(called("listen", 3), captured("tcp 127.0.0.1 81", { isListening: true, inode: 8 }));
    apply(accepted(3, 4));
    apply(accepted(3, 4), captured("tcp 127.0.0.1 81 127.0.0.1 5000", { inode: 9 }));
    expect(told()).toEqual(["listen tcp 127.0.0.1:80 0.0.0.0:0 in 99"]);
  });

  it("of another family, whose descriptor is one of TCP by the time that somebody looks, gives that once", () => {
    apply(accepted(3, 4), captured("tcp 10.0.0.1 80 10.0.0.8 5001"));
    apply(accepted(3, 4), captured("tcp 10.0.0.1 80 10.0.0.8 5001"));
    apply(accepted(3, 4), captured("tcp 10.0.0.1 80 10.0.0.8 5002", { inode: 8 }));
    expect(told()).toEqual([
      "accept tcp 10.0.0.1:80 10.0.0.8:5001 in 99",
      "accept tcp 10.0.0.1:80 10.0.0.8:5002 in 99",
    ]);
  });

  it("that may be of another family is not told", () => {
    apply(called("listen", 3));
    apply(accepted(3, 4));
    // A socket of IP had this descriptor.
    apply(socketMade(3, 2, 1));
    apply(called("listen", 3));
    apply(called("listen", 3), captured("tcp 0.0.0.0 80"));
    apply(accepted(3, 4));
    apply(socketMade(3, 1, 1));
    apply(called("listen", 3, undefined, 22));
    expect(told()).toEqual([]);
  });

  it("of a parent is its child's, too", () => {
    apply(socketMade(3, 2, 1));
    apply(called("bind", 3, "127.0.0.1 80"));
    apply(called("listen", 3));
    events.forked(PROCESS, CHILD);
    apply(accepted(3, 4, "127.0.0.1 5000"), undefined, CHILD);
    events.ended(CHILD);
    apply(accepted(3, 4), undefined, CHILD);
    expect(told().slice(1)).toEqual(["accept tcp 127.0.0.1:80 127.0.0.1:5000"]);
    expect(hints.forks.settled()).toBeUndefined();
  });
});

describe("a flow", () => {
  it("begins with the first datagram to a peer", () => {
    apply(socketMade(3, 2, 2));
    const socket = captured("udp 0.0.0.0 40000");
    for (const to of ["10.0.0.2 53", "10.0.0.2 53", "10.0.0.3 53", "10.0.0.2 54"]) apply(called("send", 3, to), socket);
    apply(called("connect", 3, "10.0.0.3 53"), captured("udp 10.0.0.1 40000 10.0.0.3 53"));
    apply(called("send", 3, "10.0.0.4 53", 11), socket);
    expect(told()).toEqual([
      "flow udp 0.0.0.0:40000 10.0.0.2:53 in 99",
      "flow udp 0.0.0.0:40000 10.0.0.3:53 in 99",
      "flow udp 0.0.0.0:40000 10.0.0.2:54 in 99",
    ]);
    // Another socket, by the same descriptor.
    apply(socketMade(3, 2, 2));
    apply(called("send", 3, "10.0.0.2 53"));
    expect(told()).toHaveLength(4);
  });

  it("has the numbers of ICMP and raw sockets", () => {
    apply(socketMade(3, 2, 2, 1));
    apply(called("send", 3, "10.0.0.2 0"), captured("udp 0.0.0.0 77", { protocol: 1 }));
    apply(called("send", 3, "10.0.0.2 9"), captured("udp 0.0.0.0 77", { protocol: 1 }));
    apply(socketMade(4, 10, 3, 58));
    apply(called("send", 4, "fe80::1 0"));
    apply(socketMade(5, 2, 2, 136));
    apply(called("send", 5, "10.0.0.2 9"));
    expect(told()).toEqual([
      "flow icmp 0.0.0.0:77 10.0.0.2:0 in 99",
      "flow raw6 :::58 fe80::1:0",
      "flow udplite 0.0.0.0:0 10.0.0.2:9",
    ]);
  });

  it("of packets is one for each socket", () => {
    const address = { family: "packet", etherType: 0x0800, interfaceIndex: 1 } as const;
    apply({ ...called("send", 3), address });
    apply({ ...called("send", 3), address });
    expect(told()).toEqual(["flow packet 0.0.0.0:0 0.0.0.0:0"]);
  });

  it("is not what a connection sends to an address that nobody looks at", () => {
    apply(socketMade(3, 2, 1));
    apply(called("send", 3, "10.0.0.2 53"));
    expect(told()).toEqual([]);
  });

  it("is answered where a socket was bound before", () => {
    apply(socketMade(3, 2, 2));
    apply(called("bind", 3, "127.0.0.1 0"), captured("udp 127.0.0.1 5353"));
    expect(told()).toEqual([]);
    expect(hints.ofSocket(7)?.holders).toMatchObject([{ pid: PROCESS.pid, fd: 3 }]);
    apply(called("send", 3, "127.0.0.1 9"));
    expect(told()).toEqual(["flow udp 127.0.0.1:5353 127.0.0.1:9 in 99"]);
  });
});

it("what nobody reads is learned all the same", () => {
  const silent = createConnectionEvents({ host: { ...host, wants: () => false }, hints });
  silent.apply(called("connect", 3, "10.0.0.2 443"), PROCESS, { socket: captured("tcp 10.0.0.1 40000 10.0.0.2 443") });
  expect(host.events).toEqual([]);
  expect(hints.stats()).toMatchObject({ hintSockets: 1, hintConnections: 1 });
  silent.stop();
});
