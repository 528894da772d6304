import type { MonitorMethod } from "@procmon/core";
import { runMethodTests } from "../src/index.ts";

/** A case that the suite registered. */
export interface CollectedCase {
  readonly name: string;
  readonly skipped: boolean;
  readonly run: () => Promise<void>;
}

/** What the suite registers for a method, with a test runner that only takes notes. */
export function collectCases(createMethod: () => MonitorMethod): CollectedCase[] {
  const cases: CollectedCase[] = [];
  const it = Object.assign((name: string, run: () => Promise<void>) => cases.push({ name, run, skipped: false }), {
    skip: (name: string, run: () => Promise<void>) => cases.push({ name, run, skipped: true }),
  });
  runMethodTests({ describe: (_, body) => body(), it, createMethod });
  return cases;
}
