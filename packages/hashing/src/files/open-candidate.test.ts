import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PROCFS, fileIdentity } from "@procmon/core";
import { requirement } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { holdLease } from "./lease.test-kit.ts";
import { openCandidate } from "./open-candidate.ts";
import { descriptors, scratchFolder } from "./programs.test-kit.ts";

const noCompiler = requirement("cc");

test.skipIf(noCompiler)("a file that changes between the first look and the second is closed again", async () => {
  const path = join(scratchFolder(), "file");
  writeFileSync(path, "x");
  const expected = fileIdentity(statSync(path, { bigint: true }));
  const holder = await holdLease(path);
  let ended: Promise<void> | undefined;
  const before = descriptors();
  const outcome = await openCandidate({
    procfs: DEFAULT_PROCFS,
    target: { candidates: [], expected, execTime: 2n ** 62n },
    candidate: { path, trust: "path" },
    // Asked while the lease is in the way, after the first look.
    isWanted() {
      utimesSync(path, 1, 1);
      ended ??= holder.end();
      return true;
    },
  });
  expect(outcome).toMatchObject({ ok: false, failure: "changed" });
  await ended;
  // The holder's standard input and output are gone.
  expect(descriptors()).toBe(before - 2);
});
