import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckedConnection } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { createScanClient } from "./scan-client.ts";

const NOWHERE: CheckedConnection = {
  protocol: "tcp",
  srcIp: "127.0.0.1",
  srcPort: 1,
  dstIp: "127.0.0.1",
  dstPort: 1,
  netns: 1,
};

describe("createScanClient", () => {
  it("tells when the scanner dies, also those who ask later", async () => {
    const root = mkdtempSync(join(tmpdir(), "procmon-"));
    const deaths: unknown[] = [];
    const client = createScanClient({
      procfs: { root },
      captureEnv: false,
      pollMs: 10,
      worker: true,
      native: false,
      processEvents: "poll",
      onEvents() {},
      onLost() {},
      onSource() {},
      onDeath: (cause) => deaths.push(cause),
    });
    await client.ready;
    await client.watch(true, false, true);
    expect(deaths).toEqual([]);
    // The next round finds no directory of processes.
    rmSync(root, { recursive: true });
    await expect.poll(() => deaths).toEqual([expect.objectContaining({ message: expect.stringContaining(root) })]);
    await expect(client.lookup(NOWHERE, [])).rejects.toBe(deaths[0]);
    await client.close();
    expect(deaths).toHaveLength(1);
  });

  it.each([true, false])("answers all that wait when it is closed, with worker: %s", async (worker) => {
    const client = createScanClient({
      procfs: { root: "/proc" },
      captureEnv: false,
      pollMs: 250,
      worker,
      native: false,
      processEvents: "poll",
      onEvents() {},
      onLost() {},
      onSource() {},
      onDeath() {},
    });
    await client.ready;
    const waiting = client.lookup(NOWHERE, []).catch((error: unknown) => error);
    await Promise.resolve();
    await Promise.resolve();
    await client.close();
    expect(await waiting).toMatchObject({ message: "The scanner was stopped." });
    await expect(client.lookup(NOWHERE, [])).rejects.toThrow("stopped");
  });

  it.each([true, false])("gives a request's failure to who asked, and goes on, with worker: %s", async (worker) => {
    const client = createScanClient({
      procfs: { root: "/nonexistent" },
      captureEnv: false,
      pollMs: 250,
      worker,
      native: false,
      processEvents: "poll",
      onEvents() {},
      onLost() {},
      onSource() {},
      onDeath() {},
    });
    await client.ready;
    await expect(client.watch(true, true, true)).rejects.toThrow("/nonexistent");
    await expect(client.snapshot().next()).rejects.toThrow("/nonexistent");
    await client.close();
  });
});
