import assert from "node:assert/strict";
import type { Ownership, SocketOwner } from "@procmon/core";

/** An owner that is expected; the descriptor where it is known. */
export interface ExpectedOwner {
  readonly pid: number;
  readonly fd?: number;
}

/** Asserts that these processes, and no others, own the connection. Without `confidence`, either will do. */
export function expectOwner(
  found: Ownership | undefined,
  expected: readonly ExpectedOwner[],
  confidence?: "exact" | "derived",
): void {
  const shown = JSON.stringify(found, (_, value) => (typeof value === "bigint" ? String(value) : value));
  assert.ok(found?.kind === "process", `no process found: ${shown}`);
  assert.deepEqual(
    found.owners.map((owner) => owner.pid),
    expected.map((owner) => owner.pid).sort((a, b) => a - b),
    shown,
  );
  for (const { pid, fd } of expected) {
    const owner: SocketOwner | undefined = found.owners.find((one) => one.pid === pid);
    assert.equal(typeof owner?.startTime, "bigint", "an owner is a pid and a start time");
    if (fd !== undefined && owner?.fd !== undefined) assert.equal(owner.fd, fd, `descriptor in ${shown}`);
  }
  if (confidence !== undefined) assert.equal(found.confidence, confidence, shown);
  assert.ok(found.via.length > 0, "it does not say how it was found");
}
