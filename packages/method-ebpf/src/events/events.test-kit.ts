import { DEFAULT_PROCFS, type EmittedEvent, type Loss, type MethodHost, type Process } from "@procmon/core";
import type { KernelClock } from "../kernel/kernel-clock.ts";

/** A host that keeps what it is told. */
export interface FakeHost extends MethodHost {
  readonly emitted: EmittedEvent[];
  readonly losses: Loss[];
  /** Processes in core's store, by pid. */
  readonly stored: Map<number, Process>;
  /** Types that nobody reads. */
  readonly unwanted: Set<string>;
}

/** Makes one. What a test does not use is not there. */
export function createFakeHost(): FakeHost {
  const emitted: EmittedEvent[] = [];
  const losses: Loss[] = [];
  const stored = new Map<number, Process>();
  const unwanted = new Set<string>();
  const processes: Partial<MethodHost["processes"]> = {
    get: ({ pid, startTime }) => {
      const process = stored.get(pid);
      return process?.startTime === startTime ? process : undefined;
    },
    update: (identity, changed) => {
      if (stored.has(identity.pid)) stored.set(identity.pid, { ...(stored.get(identity.pid) as Process), ...changed });
      return undefined;
    },
  };
  const host: Partial<FakeHost> = {
    procfs: DEFAULT_PROCFS,
    processes: processes as MethodHost["processes"],
    emit: (event) => void emitted.push(event),
    lost: (loss) => void losses.push(loss),
    wants: (type) => !unwanted.has(type),
    ...{ emitted, losses, stored, unwanted },
  };
  return host as FakeHost;
}

/** A clock by which the machine began 1,000 s after the epoch. */
export const FAKE_CLOCK: KernelClock = {
  epochAt: (boottime) => boottime + 1_000_000_000_000n,
  now: () => 0n,
};
