import type { EmittedEvent, Process } from "@procmon/core";
import { expect, it } from "vitest";
import { createHeldEvents } from "./held-events.ts";

const process: Process = { pid: 3, ppid: 2, startTime: 3n, comm: "c" };
const fork: EmittedEvent = { type: "fork", process };
const listen: EmittedEvent = {
  type: "listen",
  connection: { protocol: "tcp", srcIp: "0.0.0.0", srcPort: 1, dstIp: "0.0.0.0", dstPort: 0 },
  ownership: { kind: "none", reason: "unheld" },
};

function release(events: readonly EmittedEvent[], known: readonly Process[] = []): readonly EmittedEvent[] {
  const emitted: EmittedEvent[] = [];
  const held = createHeldEvents((event) => emitted.push(event));
  for (const event of events) held.emit(event);
  expect(emitted).toEqual([]);
  const mend = (each: Process): Process => ({ ...each, tree: [{ pid: each.pid }] });
  held.release({ mend, find: ({ pid }) => known.find((each) => each.pid === pid) });
  const first = [...emitted];
  held.emit(fork);
  expect(emitted).toEqual([...first, fork]);
  return first;
}

it("holds back until it is released, and mends what it held", () => {
  expect(release([fork, listen])).toEqual([{ type: "fork", process: { ...process, tree: [{ pid: 3 }] } }, listen]);
});

it("adds what is known of a child's image, unless it was told to run another", () => {
  const known: Process = { ...process, path: "/bin/now" };
  const exec: EmittedEvent = { type: "exec", process: known };
  const pathOf = ({ process: told }: EmittedEvent) => told?.path;
  expect(release([fork], [known]).map(pathOf)).toEqual(["/bin/now"]);
  expect(release([fork, exec], [known]).map(pathOf)).toEqual([undefined, "/bin/now"]);
  const before: EmittedEvent = { type: "fork", process: { ...process, path: "/bin/before" } };
  expect(release([before], [known]).map(pathOf)).toEqual(["/bin/before"]);
});
