import type { MonitorMethod } from "@procmon/core";
import { contractCases } from "./cases/contract.ts";
import { eventCases } from "./cases/events.ts";
import { findOwnerCases } from "./cases/find-owner.ts";
import { hostileCases } from "./cases/hostile-input.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { ownerChangeCases } from "./cases/owner-changes.ts";
import { trafficCases } from "./cases/traffic.ts";
import type { TestCase } from "./test-case.ts";

/** `it` of the test runner that is used: Vitest, node:test, Jest, Mocha. */
export interface TestFunction {
  (name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
  /** Shows a case that the method's capabilities exclude; without it such a case does not show at all. */
  readonly skip?: (name: string, body: () => Promise<void>) => unknown;
}

/** What the suite needs. */
export interface MethodTestOptions {
  /** The runner's own. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** The runner's own. */
  readonly it: TestFunction;
  /** Makes a new method, each time it is called. */
  readonly createMethod: () => MonitorMethod;
}

/** Milliseconds that one case may take: a busy machine is slow. */
const CASE_TIMEOUT_MS = 60_000;

/**
 * Registers the conformance tests of a monitor method. They drive it alone and through `createMonitor`, with sockets of
 * child processes that they start. What is skipped follows from the method's `capabilities` and
 * optional functions alone: what it declares, it has to do.
 *
 * @example
 * import { describe, it } from "vitest";
 * runMethodTests({ describe, it, createMethod: () => myMethod() });
 */
export function runMethodTests(options: MethodTestOptions): void {
  const { describe, it, createMethod } = options;
  const { name, capabilities } = createMethod();
  const groups: Readonly<Record<string, readonly TestCase[]>> = {
    "the contract": contractCases(createMethod),
    "start and stop": lifecycleCases(createMethod),
    "finding owners": findOwnerCases(createMethod, capabilities),
    "owners that change": ownerChangeCases(createMethod, capabilities),
    "hostile input": hostileCases(createMethod),
    traffic: trafficCases(createMethod),
    events: eventCases(createMethod, capabilities),
  };
  describe(`monitor method ${name}`, () => {
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const one of cases) {
          if (one.skipped === undefined) it(one.name, one.run, CASE_TIMEOUT_MS);
          else it.skip?.(`${one.name} (${one.skipped})`, one.run);
        }
      });
    }
  });
}
