import { KERNEL_CONNECTION } from "@procmon/core";
import { expect, test } from "vitest";
import { decodeOpenSnitchStatistics, encodeOpenSnitchStatistics } from "../opensnitch/messages.ts";
import { someAccept, someConnect, someFlow, someProcess } from "./fake-monitor.test-kit.ts";
import { createStatistics, type Statistics } from "./statistics.ts";

/** As the UI reads it. */
function sent(statistics: Statistics) {
  return decodeOpenSnitchStatistics(encodeOpenSnitchStatistics(statistics.message()));
}

test("counts what was seen, by everything that the UI has a table of", () => {
  let ms = 5000;
  const statistics = createStatistics({ now: () => ms });
  for (const event of [someConnect(1), someConnect(1), someAccept(2), someFlow(3)]) statistics.add(event);
  statistics.ignore(7);
  ms += 61_999;
  expect(sent(statistics)).toMatchObject({
    rules: 0n,
    uptime: 61n,
    dnsResponses: 0n,
    connections: 4n,
    ignored: 7n,
    accepted: 4n,
    dropped: 0n,
    ruleHits: 0n,
    ruleMisses: 0n,
    byProto: { tcp: 3n, udp: 1n },
    byAddress: { "192.0.2.1": 2n, "192.0.2.9": 1n, "192.0.2.53": 1n },
    byHost: {},
    byPort: { 443: 2n, 80: 1n, 53: 1n },
    byUid: { 1000: 4n },
    byExecutable: { "/bin/p1": 2n, "/bin/p2": 1n, "/bin/p3": 1n },
  });
});

test("tells what is known without a process, and nothing that is not", () => {
  const statistics = createStatistics();
  const { process: _, ...event } = someConnect(1);
  statistics.add({ ...event, ownership: { kind: "kernel", path: KERNEL_CONNECTION, via: "fake" } });
  statistics.add({ ...event, ownership: { kind: "hidden", uid: 0, requires: "CAP_SYS_PTRACE" } });
  statistics.add({ ...event, ownership: { kind: "none", reason: "not-found" } });
  statistics.add({
    ...event,
    ownership: {
      kind: "process",
      confidence: "exact",
      via: "fake",
      owners: [{ pid: 4, startTime: 1n, path: "/bin/four" }],
    },
  });
  expect(sent(statistics)).toMatchObject({
    connections: 4n,
    byUid: { 0: 1n },
    byExecutable: { [KERNEL_CONNECTION]: 1n, "/bin/four": 1n },
  });
});

test("names of any bytes can be sent", () => {
  const statistics = createStatistics();
  statistics.add(someConnect(1, { process: someProcess(1, { path: "/bin/\udcff\u0001é" }) }));
  expect(sent(statistics).byExecutable).toEqual({ "/bin/\ufffd\u0001é": 1n });
});

test("an IPv4 peer of an IPv6 socket is counted as what the rows show", () => {
  const statistics = createStatistics();
  const ends = { srcIp: "::ffff:192.0.2.2", srcPort: 1, dstIp: "::ffff:192.0.2.1", dstPort: 443 };
  statistics.add(someConnect(1, { connection: { protocol: "tcp6", ...ends } }));
  expect(sent(statistics)).toMatchObject({ byProto: { tcp: 1n }, byAddress: { "192.0.2.1": 1n } });
});

test("stays small, whatever it counts", () => {
  const statistics = createStatistics();
  for (let pid = 1; pid <= 20_000; pid++) {
    const connection = {
      protocol: "tcp",
      srcIp: "192.0.2.2",
      srcPort: 1,
      dstIp: `198.51.${pid >> 8}.${pid & 255}`,
      dstPort: pid,
    } as const;
    const path = `/${"x".repeat(4000)}${pid}`;
    statistics.add(someConnect(pid, { connection, process: someProcess(pid, { path, uid: pid }) }));
  }
  expect(Object.keys(sent(statistics).byAddress)).toHaveLength(100);
  expect(encodeOpenSnitchStatistics(statistics.message()).length).toBeLessThan(500_000);
});
