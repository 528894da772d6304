import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { expect, it } from "vitest";
import { between, told, watch } from "./watching.ts";

const missing = requirement("ebpf", "cc", "root");

it.skipIf(missing)(
  "owners are right, and evictions are counted, where the table is too small for all sockets",
  async () => {
    const { monitor, stats } = await watch({ maxSockets: 1024 });
    try {
      const load = await spawnFixture("load", ["8", "8000"]);
      const { sockets } = await monitor.snapshot({ families: ["inet"] });
      const held = sockets.flatMap((socket) =>
        socket.family === "inet" && socket.state === "established" && socket.ownership.kind === "process"
          ? [{ socket, pid: socket.ownership.owners[0].pid }]
          : [],
      );
      expect(held.length).toBeGreaterThan(6000);
      // The first ones are those whose entries made room.
      for (const { socket, pid } of held.filter((_, at) => at % 400 === 0)) {
        const { protocol, srcIp, srcPort, dstIp, dstPort } = socket.connection;
        expect(told(await monitor.findOwner(between(protocol, [srcIp, srcPort], [dstIp, dstPort])))).toBe(
          `exact ${pid}`,
        );
      }
      expect(stats().lookupSearches).toBeGreaterThan(0);
      await load[Symbol.asyncDispose]();
      await expect.poll(() => stats().evictedOwners).toBeGreaterThan(1000);
    } finally {
      await monitor.stop();
    }
  },
);
