import { createMonitor, type Monitor, type MonitorOptions } from "@procmon/core";
import { expect } from "vitest";

/** Starts a monitor with method-proc, and no other. */
export async function startMonitor(options: MonitorOptions = {}): Promise<Monitor> {
  const monitor = createMonitor({ ...options, methods: ["proc"], strict: true, from: import.meta.dirname });
  await monitor.start();
  expect(monitor.method).toBe("proc");
  return monitor;
}
