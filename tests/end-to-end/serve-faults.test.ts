import { connectProcmon } from "@procmon/serialize-grpc/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ATTACKS, type Attack } from "./support/serve-attacks.ts";
import { type GoodClient, startGoodClient } from "./support/serve-good-client.ts";
import { type ServeProcess, startServeProcess } from "./support/serve-process.ts";
import { openRaw } from "./support/serve-raw-client.ts";
import { until } from "./support/serve-until.ts";

const MIB = 1024 ** 2;
const AT_ONCE = 3;

let server: ServeProcess;
let good: GoodClient;
let descriptors: number;

beforeAll(async () => {
  server = await startServeProcess();
  descriptors = server.descriptors();
  good = await startGoodClient(server.address);
  await server.ask("load 2 300");
});

afterAll(async () => {
  await good?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** A new client is answered, and nobody who has gone is still there. */
async function expectHealth(): Promise<void> {
  expect(server.isAlive).toBe(true);
  using client = connectProcmon({ address: server.address, timeoutMs: 20_000 });
  expect((await client.stats()).method).toBe("synthetic");
  client.close();
  await until(server.descriptors, (now) => now <= descriptors + 2);
}

describe("an attack harms nobody", () => {
  test.each(Object.entries(ATTACKS))("%s", { timeout: 120_000 }, async (name, attack: Attack) => {
    const before = await server.memory();
    server.peak();
    const rss = server.peak();
    const begin = performance.now();
    let closed = 0;
    const attackers = Array.from({ length: AT_ONCE }, async () => {
      using client = await openRaw(server.path, { reads: !name.includes("not read") });
      await attack(client);
      if (client.isClosed) closed++;
    });
    await Promise.all(attackers);
    const peak = server.peak();
    await expectHealth();
    const grown = (await server.memory()) - before;
    console.log(name, {
      closed,
      ms: performance.now() - begin,
      peak: (peak - rss) / MIB,
      rss: rss / MIB,
      grown: grown / MIB,
    });
    expect(peak - rss).toBeLessThan(150 * MIB);
    expect(grown).toBeLessThan(10 * MIB);
  });
});

test("a good client had all its answers and events meanwhile", async () => {
  const { emitted } = await server.ask("load 0");
  await until(
    () => good.events.last,
    (last) => last === emitted,
  );
  const { events, failures, answered, slowest } = await good.report();
  console.log({ answered, slowest });
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(10);
  expect(slowest).toBeLessThan(15_000);
  expect(events).toMatchObject({ lost: 0, wrong: 0, received: emitted });
  expect(server.complaints).toBe("");
});
