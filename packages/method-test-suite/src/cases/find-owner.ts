import assert from "node:assert/strict";
import { type ConnectionTuple, createMonitor, type MethodCapabilities, type MonitorMethod } from "@procmon/core";
import { spawnChild } from "../children/spawn-child.ts";
import { protocolCase, type TestCase } from "../test-case.ts";
import { expectOwner } from "./expect-owner.ts";

/** The owners of sockets that stay as they are. */
export function findOwnerCases(createMethod: () => MonitorMethod, capabilities: MethodCapabilities): TestCase[] {
  const loopback = (protocol: ConnectionTuple["protocol"], host: string, wildcard: string) => [
    protocolCase(capabilities, [protocol], `${protocol}: listener`, () => listener(createMethod(), protocol, wildcard)),
    protocolCase(capabilities, [protocol], `${protocol}: both ends of a connection`, () =>
      bothEnds(createMethod(), protocol, host),
    ),
  ];
  return [
    ...loopback("tcp", "127.0.0.1", "0.0.0.0"),
    ...loopback("tcp6", "::1", "::"),
    protocolCase(capabilities, ["tcp", "tcp6"], "an IPv6 listener's IPv4 connection", () => dualStack(createMethod())),
    protocolCase(capabilities, ["udp"], "udp: connected", () => connectedUdp(createMethod(), "udp", "127.0.0.1")),
    protocolCase(capabilities, ["udp6"], "udp6: connected", () => connectedUdp(createMethod(), "udp6", "::1")),
    protocolCase(capabilities, ["udp"], "udp: unconnected is derived", () => unconnectedUdp(createMethod())),
    { name: "a connection that is not there has no owner", run: () => unknownConnection(createMethod()) },
    protocolCase(capabilities, ["tcp"], "many lookups at the same time", () => concurrent(createMethod())),
  ];
}

async function listener(method: MonitorMethod, protocol: ConnectionTuple["protocol"], host: string): Promise<void> {
  await using child = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port, fd } = await child.listen(host);
  const tuple = { protocol, srcIp: host, srcPort: port, dstIp: host, dstPort: 0 };
  expectOwner(await monitor.findOwner(tuple), [{ pid: child.pid, fd }], "exact");
}

async function bothEnds(method: MonitorMethod, protocol: ConnectionTuple["protocol"], host: string): Promise<void> {
  await using server = await spawnChild();
  await using client = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await server.listen(host);
  const { port: clientPort, fd } = await client.connect(host, port);
  const tuple = { protocol, srcIp: host, srcPort: clientPort, dstIp: host, dstPort: port };
  expectOwner(await monitor.findOwner(tuple), [{ pid: client.pid, fd }], "exact");
  // The second time it may come from memory, and has to be the same.
  expectOwner(await monitor.findOwner(tuple), [{ pid: client.pid, fd }], "exact");
  const other = { ...tuple, srcPort: port, dstPort: clientPort };
  expectOwner(await monitor.findOwner(other), [{ pid: server.pid }]);
}

async function dualStack(method: MonitorMethod): Promise<void> {
  await using server = await spawnChild();
  await using client = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await server.listen("::");
  const { port: clientPort } = await client.connect("127.0.0.1", port);
  const tuple = { srcPort: port, dstPort: clientPort };
  const plain = { ...tuple, protocol: "tcp", srcIp: "127.0.0.1", dstIp: "127.0.0.1" } as const;
  const mapped = { ...tuple, protocol: "tcp6", srcIp: "::ffff:127.0.0.1", dstIp: "::ffff:127.0.0.1" } as const;
  expectOwner(await monitor.findOwner(plain), [{ pid: server.pid }]);
  expectOwner(await monitor.findOwner(mapped), [{ pid: server.pid }]);
}

async function connectedUdp(method: MonitorMethod, protocol: ConnectionTuple["protocol"], host: string): Promise<void> {
  await using peer = await spawnChild();
  await using child = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port: peerPort } = await peer.udp(host);
  const { port, fd } = await child.udp(host, peerPort);
  const tuple = { protocol, srcIp: host, srcPort: port, dstIp: host, dstPort: peerPort };
  expectOwner(await monitor.findOwner(tuple), [{ pid: child.pid, fd }], "exact");
}

async function unconnectedUdp(method: MonitorMethod): Promise<void> {
  await using child = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port, fd } = await child.udp("0.0.0.0");
  const tuple = { protocol: "udp", srcIp: "127.0.0.1", srcPort: port, dstIp: "127.0.0.1", dstPort: 9 } as const;
  expectOwner(await monitor.findOwner(tuple), [{ pid: child.pid, fd }], "derived");
}

async function unknownConnection(method: MonitorMethod): Promise<void> {
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const protocol = method.capabilities.protocols.includes("tcp") ? "tcp" : "udp";
  const owner = await monitor.findOwner({ protocol, srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.2", dstPort: 2 });
  assert.equal(
    owner.kind,
    "none",
    JSON.stringify(owner, (_, value) => String(value)),
  );
}

async function concurrent(method: MonitorMethod): Promise<void> {
  await using server = await spawnChild();
  await using client = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await server.listen("127.0.0.1");
  const ports: number[] = [];
  for (let i = 0; i < 20; i++) ports.push((await client.connect("127.0.0.1", port)).port);
  const asked = [...ports, 1, 2, 3].flatMap((srcPort) => [srcPort, srcPort]);
  const answers = await Promise.all(
    asked.map((srcPort) =>
      monitor.findOwner({ protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort: port }),
    ),
  );
  asked.forEach((srcPort, i) => {
    const answer = answers[i];
    if (srcPort > 3) expectOwner(answer, [{ pid: client.pid }], "exact");
    else assert.notEqual(answer?.kind, "process", `port ${srcPort} is nobody's`);
  });
}
