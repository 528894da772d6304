import type { Ownership, SocketOwner } from "@procmon/core";
import { expect, it } from "vitest";
import { formatOwners, formatPaths, formatPids } from "./owners.ts";

function heldBy(count: number): Ownership {
  const owners = Array.from({ length: count }, (_, index): SocketOwner => {
    const pid = index + 1;
    return { pid, startTime: 1n, comm: `worker-${pid}`, path: `/bin/worker-${pid}` };
  });
  return { kind: "process", confidence: "exact", via: "scan", owners: owners as [SocketOwner] };
}

it("names every owner of a socket that a few share", () => {
  expect(formatPids(heldBy(8))).toBe("1,2,3,4,5,6,7,8");
  expect(formatOwners(heldBy(2))).toBe("worker-1,worker-2");
  expect(formatPaths(heldBy(2))).toBe("/bin/worker-1,/bin/worker-2");
});

it("does not let a socket that hundreds share fill the screen", () => {
  expect(formatPids(heldBy(200))).toBe("1,2,3,4,5,6,7,8,+192");
  expect(formatOwners(heldBy(200))).toMatch(/^worker-1,.*,worker-8,\+192$/);
  expect(formatPaths(heldBy(200))).toMatch(/^\/bin\/worker-1,.*,\+192$/);
});
