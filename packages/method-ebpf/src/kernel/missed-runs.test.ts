import { expect, it } from "vitest";
import { HOOKS, type HookName } from "../hooks/hooks.ts";
import { createMissedRuns } from "./missed-runs.ts";

const ALL = new Set(HOOKS.map(({ name }) => name));

/** An object with programs that were passed over, each as often as it says. */
function missing(runs: Readonly<Record<string, number>>) {
  return { missedRuns: (program: string) => runs[program] ?? 0 };
}

it("adds up how often programs at tracepoints were passed over, now", () => {
  const runs = { on_send_length: 2, on_recv_length: 3, on_packet_release: 4, on_exec: 5 };
  const readMissed = createMissedRuns(missing(runs), ALL);
  expect(readMissed()).toBe(14);
  runs.on_exec++;
  expect(readMissed()).toBe(15);
});

it("loses states of connections only where no other program tells what packets bring about", () => {
  const object = missing({ on_tcp_state: 7 });
  expect(createMissedRuns(object, ALL)()).toBe(0);
  const withoutConnect = new Set([...ALL].filter((name) => name !== "connect"));
  expect(createMissedRuns(object, withoutConnect)()).toBe(7);
});

it("does not ask for programs that are not there, and for those that are always run", () => {
  const asked: string[] = [];
  const object = {
    missedRuns(program: string) {
      asked.push(program);
      return 0;
    },
  };
  const live: ReadonlySet<HookName> = new Set(["processes", "tcp", "connect", "accept", "datagrams"] as const);
  createMissedRuns(object, live)();
  expect(asked.sort()).toEqual(["on_exec", "on_exit", "on_fork"]);
});
