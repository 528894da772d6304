import type { Monitor } from "@procmon/core";
import { expect } from "vitest";

/** What was told came from the kernel's proc connector, and not from looking again and again. */
export function expectConnector(monitor: Monitor): void {
  expect(monitor.stats().methodStats).toMatchObject({ connector: 1 });
}
