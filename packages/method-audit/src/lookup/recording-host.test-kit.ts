import {
  createInodeCache,
  createPidCache,
  createProcessFinder,
  createProcessStore,
  DEFAULT_PROCFS,
  type EmittedEvent,
  type MethodHost,
} from "@procmon/core";

/** A host as core makes it, that keeps what is told. */
export interface RecordingHost extends MethodHost, Disposable {
  readonly events: EmittedEvent[];
}

export function createRecordingHost(): RecordingHost {
  const processes = createProcessStore({ capacity: 4096, graceMs: 10_000 });
  const finder = createProcessFinder({ procfs: DEFAULT_PROCFS, store: processes });
  const events: EmittedEvent[] = [];
  return {
    procfs: DEFAULT_PROCFS,
    processes,
    finder,
    inodes: createInodeCache({ capacity: 4096 }),
    pids: createPidCache({ capacity: 256 }),
    emit: (event) => void events.push(event),
    wants: () => true,
    lost() {},
    fail() {},
    log: { debug() {}, info() {}, warn() {}, error() {} },
    signal: new AbortController().signal,
    captureEnv: false,
    events,
    [Symbol.dispose]: () => finder.close(),
  };
}
