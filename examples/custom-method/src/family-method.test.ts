import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createMonitor } from "@procmon/core";
import { runMethodTests } from "@procmon/method-test-suite";
import { describe, expect, it } from "vitest";
import { familyMethod } from "./index.ts";

runMethodTests({ describe, it, createMethod: familyMethod });

describe("family", () => {
  it("knows nothing of sockets outside of the family, its own among them", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    await using monitor = createMonitor({ methods: [familyMethod], strict: true });
    await monitor.start();
    const { port } = server.address() as AddressInfo;
    const tuple = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: port, dstIp: "0.0.0.0", dstPort: 0 } as const;
    expect(await monitor.findOwner(tuple)).toEqual({ kind: "none", reason: "unheld" });
    server.close();
  });
});
