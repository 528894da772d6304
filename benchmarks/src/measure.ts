/** Runs `work` until `count` times are measured; the two never overlap, so what runs beside it hits all alike. */
export async function timeEach(count: number, work: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timeOnce(work));
  return times;
}

/** Milliseconds that `work` takes. */
export async function timeOnce(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Microseconds per call, over rounds of many calls: the median of the rounds. */
export async function timePerCall(calls: number, work: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < 7; round++) {
    const began = performance.now();
    for (let i = 0; i < calls; i++) {
      const result = work();
      if (result instanceof Promise) await result;
    }
    rounds.push(((performance.now() - began) * 1000) / calls);
  }
  return median(rounds);
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
