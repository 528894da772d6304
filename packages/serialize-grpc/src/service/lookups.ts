import { ProcmonError } from "@procmon/core";
import { ServiceError, STATUS } from "./service-error.ts";

/** Bounds what runs at one time, and for how long. */
export interface Lookups {
  readonly running: number;
  /**
   * Does some work. Rejects when its time is over, or at `stop`, but the work has its place until it has settled.
   *
   * @throws ServiceError where too much runs, or where it takes too long.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Takes a place, for as long as it is not given back. */
  begin(): Lookup;
  /** Aborts all of them, and those that come. */
  stop(): void;
}

/** One of them. */
export interface Lookup {
  /** Aborted when its time is over, or at `stop`; the reason is the error to tell. */
  readonly signal: AbortSignal;
  /** Gives the place back. */
  end(): void;
}

/** What they are made with. */
export interface LookupsOptions {
  /** Lookups at one time. */
  readonly limit: number;
  readonly timeLimitMs: number;
}

/** Makes a place for that many. */
export function createLookups({ limit, timeLimitMs }: LookupsOptions): Lookups {
  const running = new Set<AbortController>();
  let isStopped = false;

  function begin(): Lookup {
    if (isStopped) throw stopped();
    if (running.size >= limit) {
      throw new ServiceError(
        STATUS.RESOURCE_EXHAUSTED,
        `${limit} lookups are running already. Ask again a little later.`,
      );
    }
    const controller = new AbortController();
    running.add(controller);
    const timer = setTimeout(() => controller.abort(tooLate(timeLimitMs)), timeLimitMs);
    return {
      signal: controller.signal,
      end() {
        clearTimeout(timer);
        running.delete(controller);
      },
    };
  }

  return {
    get running() {
      return running.size;
    },
    begin,
    async run(work) {
      const { signal, end } = begin();
      return unlessAborted(signal, ending(work, end));
    },
    stop() {
      isStopped = true;
      for (const controller of [...running]) controller.abort(stopped());
    },
  };
}

/** Waits for a promise; rejects with the signal's reason as soon as that is aborted. */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function ending<T>(work: () => Promise<T>, end: () => void): Promise<T> {
  try {
    return await work();
  } finally {
    end();
  }
}

function tooLate(ms: number): ServiceError {
  return new ServiceError(STATUS.DEADLINE_EXCEEDED, `It took longer than ${ms / 1000} seconds.`);
}

/** The error of a service that serves no more. */
export function stopped(): ProcmonError {
  return new ProcmonError({
    code: "STOPPED",
    message: "The service has been stopped.",
    remedy: "Start it again.",
  });
}
