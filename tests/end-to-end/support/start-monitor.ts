import { createMonitor, type MethodSpecifier, type Monitor, type MonitorOptions } from "@procmon/core";
import { auditMethod } from "@procmon/method-audit";
import { expect } from "vitest";

/** The method that these tests run with. */
export const METHOD: string = process.env.PROCMON_TEST_METHOD ?? "proc";

/** What `findOwner` tells of a holder. The table that method-ebpf asks knows the process, and not by which descriptor it holds the socket. */
export function foundHolder<Holder extends { readonly pid: number }>(
  holder: Holder,
): Holder | { readonly pid: number } {
  return METHOD === "ebpf" ? { pid: holder.pid } : holder;
}

/** Starts a monitor with the method that is tested, and no other; with `method` where a test is about that one. */
export async function startMonitor(
  options: MonitorOptions = {},
  method: MethodSpecifier = specifierOf(METHOD),
): Promise<Monitor> {
  const monitor = createMonitor({ ...options, methods: [method], strict: true, from: import.meta.dirname });
  await monitor.start();
  expect(monitor.method).toBe(typeof method === "string" ? method : method.name);
  return monitor;
}

/** The kernel's auditing may be off. */
function specifierOf(name: string): MethodSpecifier {
  return name === "audit" ? auditMethod({ enable: true }) : name;
}
