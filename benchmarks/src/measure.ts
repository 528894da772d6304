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

/** The figures of so many rounds, after one that warms up. A round measures each thing once: what disturbs one disturbs all. */
export async function playRounds<Round>(count: number, play: () => Promise<Round>): Promise<Round[]> {
  await play();
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) rounds.push(await play());
  return rounds;
}

/** Sums up rounds by one of their values each. */
export function over<Round>(rounds: readonly Round[]) {
  return {
    middle: (value: (round: Round) => number): number => median(rounds.map(value)),
    least: (value: (round: Round) => number): number => Math.min(...rounds.map(value)),
    most: (value: (round: Round) => number): number => Math.max(...rounds.map(value)),
  };
}
