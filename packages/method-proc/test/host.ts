import {
  createInodeCache,
  createPidCache,
  createProcessFinder,
  createProcessStore,
  DEFAULT_PROCFS,
  type EmittedEvent,
  type Logger,
  type MethodHost,
  type ObservedEventType,
} from "@procmon/core";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A host as core makes it, that keeps what the method emits. */
export interface RecordingHost extends MethodHost {
  readonly events: EmittedEvent[];
  readonly failures: unknown[];
  /** What somebody reads. */
  readonly wanted: Set<ObservedEventType>;
  close(): void;
}

export function createHost(wanted: readonly ObservedEventType[] = []): RecordingHost {
  const processes = createProcessStore({ capacity: 4096, graceMs: 10_000 });
  const finder = createProcessFinder({ procfs: DEFAULT_PROCFS, store: processes });
  const events: EmittedEvent[] = [];
  const failures: unknown[] = [];
  const types = new Set(wanted);
  return {
    procfs: DEFAULT_PROCFS,
    processes,
    finder,
    inodes: createInodeCache({ capacity: 4096 }),
    pids: createPidCache({ capacity: 256 }),
    emit: (event) => events.push(event),
    wants: (type) => types.has(type),
    lost() {},
    fail: (cause) => failures.push(cause),
    log: silent,
    signal: new AbortController().signal,
    captureEnv: false,
    events,
    failures,
    wanted: types,
    close: () => finder.close(),
  };
}
