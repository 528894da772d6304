import type { InetSocketEntry, Protocol, SocketEntry, SocketState } from "@procmon/core";
import { expect, it } from "vitest";
import { findSockets } from "./find-sockets.ts";
import { createSocketFilter, familiesOf, kindOf } from "./socket-filter.ts";

const NOBODY = { kind: "none", reason: "unheld" } as const;

function inet(protocol: Protocol, state: SocketState, src = "0.0.0.0:22", dst = "0.0.0.0:0"): InetSocketEntry {
  const split = (end: string): [string, number] => {
    const colon = end.lastIndexOf(":");
    return [end.slice(0, colon), Number(end.slice(colon + 1))];
  };
  const [srcIp, srcPort] = split(src);
  const [dstIp, dstPort] = split(dst);
  const connection = { protocol, srcIp, srcPort, dstIp, dstPort, netns: 1 };
  return { family: "inet", connection, state, inode: 5, uid: 0, ownership: NOBODY };
}

const unix: SocketEntry = { family: "unix", type: "stream", state: "established", inode: 6, ownership: NOBODY };
const packet: SocketEntry = {
  family: "packet",
  type: "raw",
  etherType: 3,
  interfaceIndex: 0,
  state: "unconnected",
  inode: 7,
  ownership: NOBODY,
};

it("chooses states as ss does", () => {
  const states: SocketState[] = ["established", "close-wait", "listen", "unconnected", "time-wait", "syn-recv"];
  const kept = (wanted: "connected" | "listening" | "all"): SocketState[] =>
    states.filter((state) => createSocketFilter({ states: wanted })(inet("tcp", state)));
  expect(kept("connected")).toEqual(["established", "close-wait"]);
  expect(kept("listening")).toEqual(["listen", "unconnected"]);
  expect(kept("all")).toEqual(states);
});

it("tells kinds and versions of IP apart", () => {
  const kinds = (["tcp6", "udplite6", "icmp", "raw6", "sctp"] as const).map((name) => kindOf(inet(name, "listen")));
  expect(kinds).toEqual(["tcp", "udp", "raw", "raw", "sctp"]);
  const only6 = createSocketFilter({ states: "all", ipVersions: new Set([6 as const]) });
  expect([inet("tcp", "listen"), inet("tcp6", "listen"), unix, packet].map(only6)).toEqual([false, true, false, false]);
  const unixOnly = createSocketFilter({ states: "all", kinds: new Set(["unix" as const]) });
  expect([inet("tcp", "listen"), unix, packet].map(unixOnly)).toEqual([false, true, false]);
});

it("reads no more families than it needs", () => {
  expect(familiesOf(undefined, false)).toEqual(["inet", "unix", "packet"]);
  expect(familiesOf(undefined, true)).toEqual(["inet"]);
  expect(familiesOf(new Set(["tcp", "udp"]), false)).toEqual(["inet"]);
  expect(familiesOf(new Set(["unix", "packet"]), false)).toEqual(["unix", "packet"]);
});

const listener = inet("tcp6", "listen", ":::443", ":::0");
const own = inet("tcp", "established", "127.0.0.1:443", "127.0.0.1:4000");
const mapped = inet("tcp6", "established", "::ffff:10.0.0.1:443", "::ffff:10.0.0.2:5000");
const client = inet("tcp", "established", "127.0.0.1:4000", "127.0.0.1:443");
const all = [listener, own, mapped, client, unix, packet];

it("finds what is bound to an end, and never mixes in those connected to it", () => {
  expect(findSockets(all, { kind: "endpoint", local: { port: 443 } })).toEqual({
    sockets: [listener, own, mapped],
    match: "own",
  });
  expect(findSockets(all, { kind: "endpoint", protocol: "tcp6", local: { port: 443 } }).sockets).toEqual([
    listener,
    mapped,
  ]);
  expect(findSockets(all, { kind: "endpoint", local: { ip: "10.0.0.1", port: 443 } }).sockets).toEqual([mapped]);
});

it("falls back to sockets bound to every address, and then to peers, and says so", () => {
  expect(findSockets(all, { kind: "endpoint", local: { ip: "10.9.9.9", port: 443 } })).toEqual({
    sockets: [listener],
    match: "wildcard",
  });
  expect(findSockets([client], { kind: "endpoint", local: { port: 443 } })).toEqual({
    sockets: [client],
    match: "peer",
  });
  expect(findSockets(all, { kind: "endpoint", local: { port: 1 } }).sockets).toEqual([]);
});

it("does not take an IPv4 socket for one of an IPv6 address", () => {
  const v4 = inet("tcp", "listen", "0.0.0.0:443");
  expect(findSockets([v4], { kind: "endpoint", local: { ip: "::1", port: 443 } }).sockets).toEqual([]);
});

it("finds connections and inodes", () => {
  const query = {
    kind: "connection",
    local: { ip: "127.0.0.1", port: 4000 },
    peer: { ip: "127.0.0.1", port: 443 },
  } as const;
  expect(findSockets(all, query).sockets).toEqual([client]);
  expect(findSockets(all, { kind: "inode", inode: 7 }).sockets).toEqual([packet]);
});
