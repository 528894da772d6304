import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forEachDatagram } from "@procmon/native";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, expect, it } from "vitest";

interface SilentAddon {
  /** Gives what ends the reading, and tells how often the thread looked for itself. */
  readSilently(deliver: (batch: Buffer) => void): () => number;
}

const folder = mkdtempSync(join(tmpdir(), "procmon-silent-"));
afterAll(() => rmSync(folder, { recursive: true }));

// No descriptor of the kernel can be made to be silent: the reader is given a source that is.
it("a descriptor that tells nothing is looked at all the same", async ({ skip }) => {
  const missing = requirement("cc");
  skip(missing !== undefined, missing);
  const out = join(folder, "silent.node");
  const script = join(import.meta.dirname, "..", "scripts", "build-addon.mjs");
  const entry = join(import.meta.dirname, "addon", "silent-source.cc");
  execFileSync(process.execPath, [script, "--entry", entry, "--out", out], { stdio: ["ignore", "ignore", "inherit"] });
  const { readSilently } = createRequire(import.meta.url)(out) as SilentAddon;
  const found: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = readSilently((batch) => {
      forEachDatagram(batch, { datagram: ({ payload }) => found.push(payload.toString()) });
      if (found.length < 2) return;
      expect(stop()).toBeGreaterThanOrEqual(2);
      resolve();
    });
  });
  expect(found).toEqual(["found", "found"]);
});
