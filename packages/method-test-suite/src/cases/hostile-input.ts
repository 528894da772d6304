import assert from "node:assert/strict";
import { type CheckedConnection, createMonitor, type MonitorMethod, PROTOCOLS, ProcmonError } from "@procmon/core";
import { createTestHost } from "../host/create-test-host.ts";
import type { TestCase } from "../test-case.ts";

/** Questions that make no sense. */
export function hostileCases(createMethod: () => MonitorMethod): TestCase[] {
  return [
    { name: "a tuple that cannot exist is refused, and the next lookup works", run: () => impossible(createMethod()) },
    { name: "every protocol and odd tuples get an answer", run: () => oddTuples(createMethod()) },
  ];
}

async function impossible(method: MonitorMethod): Promise<void> {
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const good = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 };
  const bad: object[] = [
    { ...good, protocol: "TCP " },
    { ...good, protocol: "__proto__" },
    { ...good, srcIp: "127.0.0.1\n" },
    { ...good, srcIp: "../../etc/passwd" },
    { ...good, dstIp: "1.2.3" },
    { ...good, srcPort: -1 },
    { ...good, srcPort: 65_536 },
    { ...good, dstPort: 1.5 },
    { ...good, dstPort: "80" },
    { ...good, dstPort: Number.NaN },
    { ...good, dstIp: undefined },
    {},
  ];
  for (const tuple of bad) {
    const refused = (error: unknown) => ProcmonError.isInstance(error) && error.code === "INVALID_CONNECTION";
    await assert.rejects(async () => monitor.findOwner(tuple as CheckedConnection), refused, JSON.stringify(tuple));
  }
  assert.equal((await monitor.findOwner(good as CheckedConnection)).kind, "none");
}

async function oddTuples(method: MonitorMethod): Promise<void> {
  const { host, failures, close } = createTestHost();
  await method.start(host);
  try {
    for (const protocol of PROTOCOLS) {
      const [any, one, broadcast] = protocol.endsWith("6")
        ? ["::", "::ffff:255.255.255.255", "ff02::1"]
        : ["0.0.0.0", "1.2.3.4", "255.255.255.255"];
      for (const netns of [0, 1, 4_294_967_295]) {
        for (const [srcIp, srcPort, dstIp, dstPort] of [
          [any, 0, any, 0],
          [one, 65_535, broadcast, 65_535],
          [broadcast, 0, one, 1],
        ] as const) {
          const found = await method.findOwner({
            protocol,
            srcIp,
            srcPort,
            dstIp,
            dstPort,
            netns,
          } as CheckedConnection);
          // No such namespace can be seen: nobody owns anything there.
          assert.ok(found.kind === "none" || found.kind === "hidden", `${protocol} in ${netns}: ${found.kind}`);
        }
      }
    }
    assert.deepEqual(failures, []);
  } finally {
    await method.stop();
    close();
  }
}
