import {
  createInodeCache,
  createPidCache,
  createProcessFinder,
  createProcessStore,
  DEFAULT_PROCFS,
  type EmittedEvent,
  type Loss,
  type MethodHost,
} from "@procmon/core";

/** A host without a monitor, that remembers what the method told it. */
export interface TestHost {
  readonly host: MethodHost;
  readonly events: readonly EmittedEvent[];
  readonly losses: readonly Loss[];
  readonly failures: readonly unknown[];
  abort(): void;
  close(): void;
}

const silent = () => {};

/** Makes a host as core does. It wants every event. */
export function createTestHost(): TestHost {
  const events: EmittedEvent[] = [];
  const losses: Loss[] = [];
  const failures: unknown[] = [];
  const controller = new AbortController();
  const processes = createProcessStore({ capacity: 1024, graceMs: 1000 });
  const finder = createProcessFinder({ procfs: DEFAULT_PROCFS, store: processes, captureEnv: false });
  const host: MethodHost = {
    procfs: DEFAULT_PROCFS,
    processes,
    finder,
    inodes: createInodeCache({ capacity: 1024 }),
    pids: createPidCache({ capacity: 64 }),
    emit: (event) => void events.push(event),
    wants: () => true,
    lost: (loss) => void losses.push(loss),
    fail: (cause) => void failures.push(cause),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    signal: controller.signal,
    captureEnv: false,
  };
  return { host, events, losses, failures, abort: () => controller.abort(), close: () => finder.close() };
}
