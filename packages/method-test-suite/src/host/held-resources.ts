import { readdirSync, readlinkSync } from "node:fs";
import { waitFor } from "../wait-for.ts";

/** What this process holds, each with its number: descriptors by target, and what keeps the event loop alive by kind. */
export type HeldResources = ReadonlyMap<string, number>;

/** Looks at `/proc/self/fd` and at Node's active resources. */
export function heldResources(): HeldResources {
  const held = new Map<string, number>();
  const count = (name: string) => held.set(name, (held.get(name) ?? 0) + 1);
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      count(`descriptor ${readlinkSync(`/proc/self/fd/${fd}`).replace(/\[\d+\]$/, "")}`);
    } catch {
      // The descriptor of this very listing.
    }
  }
  for (const kind of process.getActiveResourcesInfo()) count(`active ${kind}`);
  return held;
}

/**
 * Waits until nothing is held that was not held before.
 *
 * @throws Error with the names of what stays.
 */
export async function expectNothingNew(before: HeldResources): Promise<void> {
  let left: string[] = [];
  const settled = () => {
    left = [...heldResources()].filter(([name, n]) => n > (before.get(name) ?? 0)).map(([name]) => name);
    return left.length === 0 ? true : undefined;
  };
  await waitFor("all resources given back", settled, 5_000).catch(() => {
    throw new Error(`still held after stop: ${left.join(", ")}`);
  });
}
