/** What waits for a thread. */
export interface Waiting {
  /** Bytes to read, as far as is known. */
  readonly size: bigint;
}

/** Jobs that wait, and which one is next. */
export interface JobQueue<Job extends Waiting> {
  readonly length: number;
  /** False where as many wait as may. */
  add(job: Job): boolean;
  /** The next one: the smallest, and every fourth time the oldest, so that large ones get their turn. */
  take(): Job | undefined;
  /** False where it does not wait. */
  remove(job: Job): boolean;
}

/** One of so many takes the oldest. */
const OLDEST_EVERY = 4;

/** @param capacity how many may wait. */
export function createJobQueue<Job extends Waiting>(capacity: number): JobQueue<Job> {
  // In order of age. It is short enough to be searched.
  const jobs = new Set<Job>();
  let taken = 0;

  function smallest(): Job | undefined {
    let found: Job | undefined;
    for (const job of jobs) if (found === undefined || job.size < found.size) found = job;
    return found;
  }

  return {
    get length() {
      return jobs.size;
    },
    add(job) {
      if (jobs.size >= capacity) return false;
      jobs.add(job);
      return true;
    },
    take() {
      if (jobs.size === 0) return undefined;
      taken++;
      const job = taken % OLDEST_EVERY === 0 ? jobs.values().next().value : smallest();
      if (job) jobs.delete(job);
      return job;
    },
    remove: (job) => jobs.delete(job),
  };
}
