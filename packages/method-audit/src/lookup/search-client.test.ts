import { spawnSync } from "node:child_process";
import { type CheckedConnection, DEFAULT_PROCFS } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { type OpenSearchChannel, openInlineChannel, openWorkerChannel, type SearchListener } from "./search-channel.ts";
import { createSearchClient } from "./search-client.ts";
import type { SearchRequest } from "./search-messages.ts";

const asked = (srcPort: number): CheckedConnection => {
  return { protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort: 1, netns: 1 };
};

/** A channel that a test plays. */
function createStage() {
  const played: { readonly listener: SearchListener; readonly requests: SearchRequest[]; closed: boolean }[] = [];
  const open: OpenSearchChannel = (_, listener) => {
    const part = { listener, requests: [] as SearchRequest[], closed: false };
    played.push(part);
    return {
      post: (request) => void part.requests.push(request),
      hold() {},
      async close() {
        part.closed = true;
      },
    };
  };
  const part = (at: number) => {
    const found = played[at];
    if (!found) throw new Error(`channel ${at} was not opened`);
    return found;
  };
  return { open, part, played };
}

const COUNTERS = { passes: 0, nativePasses: 0, tableReads: 0, tableQueries: 0, tableDumps: 0, tableFailures: 0 };

function answer(listener: SearchListener, { id, connections }: SearchRequest): void {
  const answers = connections.map(({ srcPort }) => {
    return { ownership: { kind: "hidden", uid: srcPort, requires: "" } } as const;
  });
  listener.onReply({ type: "answers", id, answers, lastPid: 77, counters: COUNTERS });
}

describe("the searcher", () => {
  it("is asked once for all that ask in one turn, and gives each its answer", async () => {
    const stage = createStage();
    const client = createSearchClient({ procfs: DEFAULT_PROCFS, native: false, channels: [stage.open] });
    const before = BigInt(Date.now()) * 1_000_000n;
    const all = Promise.all([1, 2, 3].map((port) => client.search(asked(port))));
    await Promise.resolve();
    const later = client.search(asked(4));
    await Promise.resolve();
    const { listener, requests } = stage.part(0);
    expect(requests.map(({ connections }) => connections.map(({ srcPort }) => srcPort))).toEqual([[1, 2, 3], [4]]);
    // In another order.
    for (const request of [...requests].reverse()) answer(listener, request);
    expect((await all).map(({ ownership, lastPid }) => [ownership, lastPid])).toEqual(
      [1, 2, 3].map((uid) => [{ kind: "hidden", uid, requires: "" }, 77]),
    );
    expect((await later).since).toBeGreaterThanOrEqual(before);
    answer(listener, { id: 99, connections: [] });
    await client.stop();
    expect(stage.part(0).closed).toBe(true);
  });

  it("that dies is replaced, and asked again what it left open", async () => {
    const stage = createStage();
    const channels = [stage.open, stage.open] as const;
    const client = createSearchClient({ procfs: DEFAULT_PROCFS, native: false, channels });
    const found = client.search(asked(1));
    await Promise.resolve();
    stage.part(0).listener.onDeath(new Error("dead"));
    const { listener, requests } = stage.part(1);
    expect(requests).toHaveLength(1);
    for (const request of requests) answer(listener, request);
    expect(await found).toMatchObject({ ownership: { uid: 1 } });
    expect(client.counters.searcherDeaths).toBe(1);
    listener.onDeath(new Error("dead too"));
    await client.ready;
    await expect(client.search(asked(1))).rejects.toThrow("dead too");
    expect(stage.played).toHaveLength(2);
  });

  it("that cannot be started is one that dies", async () => {
    const stage = createStage();
    const fail: OpenSearchChannel = () => {
      throw new Error("no thread");
    };
    const client = createSearchClient({ procfs: DEFAULT_PROCFS, native: false, channels: [fail, stage.open] });
    const found = client.search(asked(5));
    await Promise.resolve();
    for (const request of stage.part(0).requests) answer(stage.part(0).listener, request);
    expect(await found).toMatchObject({ ownership: { uid: 5 } });
    await client.stop();
  });

  it("that fails in one question goes on", async () => {
    const stage = createStage();
    const client = createSearchClient({ procfs: DEFAULT_PROCFS, native: false, channels: [stage.open] });
    const failing = expect(client.search(asked(1))).rejects.toThrow("a fault");
    await Promise.resolve();
    const { listener, requests } = stage.part(0);
    listener.onReply({ type: "failed", id: requests[0]?.id ?? 0, error: new Error("a fault") });
    await failing;
    const found = client.search(asked(2));
    await Promise.resolve();
    for (const request of requests.slice(1)) answer(listener, request);
    expect(await found).toMatchObject({ ownership: { uid: 2 } });
    await client.stop();
  });

  it.each([
    ["a thread", openWorkerChannel],
    ["this thread", openInlineChannel],
  ])("runs in %s", async (_, open) => {
    const client = createSearchClient({ procfs: DEFAULT_PROCFS, native: true, channels: [open] });
    await client.ready;
    expect(await client.search({ ...asked(1), netns: 1 })).toMatchObject({
      ownership: { kind: "none", reason: "not-found" },
    });
    expect(client.counters).toMatchObject({ searches: 1, searcherDeaths: 0 });
    const last = expect(client.search(asked(1))).rejects.toThrow("stopped");
    await client.stop();
    await last;
  });

  it("in a thread that ends is started anew", async () => {
    const dying: OpenSearchChannel = (settings, listener) => {
      const channel = openWorkerChannel(settings, listener);
      return { ...channel, post: () => void channel.close().then(() => listener.onDeath(new Error("it was ended"))) };
    };
    const client = createSearchClient({ procfs: DEFAULT_PROCFS, native: false, channels: [dying, openWorkerChannel] });
    expect(await client.search(asked(1))).toMatchObject({ ownership: { kind: "none" } });
    expect(client.counters.searcherDeaths).toBe(1);
    await client.stop();
  });

  it("lets a program end that has forgotten it", () => {
    const module = JSON.stringify(new URL("search-client.ts", import.meta.url).href);
    const program = `
      const { createSearchClient } = await import(${module});
      const client = createSearchClient({ procfs: { root: "/proc" }, native: false });
      console.log((await client.search(${JSON.stringify(asked(1))})).ownership.kind);`;
    const args = [...process.execArgv, "--no-warnings", "--input-type=module", "-e", program];
    const run = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 50_000 });
    expect([run.stdout, run.status]).toEqual(["none\n", 0]);
  });
});
