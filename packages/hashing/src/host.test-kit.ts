import { createProcessStore, DEFAULT_PROCFS, type HasherHost, type Process } from "@procmon/core";
import type { Hashing } from "./hashing.ts";

type Emitted = Parameters<HasherHost["emit"]>[0];

/** What a monitor is to a hasher. */
export interface TestHost extends HasherHost {
  /** What was told, each with the status that the monitor would have added. */
  readonly emitted: (Emitted & { readonly status?: string | undefined })[];
  /** What was warned of. */
  readonly warnings: string[];
  /** Ends it. */
  abort(): void;
}

/** Makes one; as a monitor does, it asks `hasher` of the process of each event. */
export function makeHost(hasher?: Pick<Hashing, "peek">, onEmit: (event: Emitted) => void = () => {}): TestHost {
  const controller = new AbortController();
  const emitted: TestHost["emitted"] = [];
  const warnings: string[] = [];
  const silent = () => {};
  return {
    procfs: DEFAULT_PROCFS,
    processes: createProcessStore({ capacity: 1000, graceMs: 1000 }),
    log: { debug: silent, info: silent, error: silent, warn: (message) => void warnings.push(message) },
    signal: controller.signal,
    wants: () => true,
    emit(event) {
      emitted.push({ ...event, status: hasher?.peek(event.process)?.status });
      onEmit(event);
    },
    emitted,
    warnings,
    abort: () => controller.abort(),
  };
}

/** A process that there is not. */
export function unknownProcess(facts: Partial<Process> = {}): Process {
  return { pid: 2 ** 22, startTime: 1n, ppid: 1, comm: "x", path: "/x", ...facts };
}
