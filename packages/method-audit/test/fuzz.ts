// By hand: node --conditions=@procmon/source packages/method-audit/test/fuzz.ts INPUTS SEED
//
// Takes so many damaged records through all stages, and ends with 1 where something throws, comes twice or goes missing, or memory grows;
// prints the input that did it.
import { brokenInput } from "./support/broken-input.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { createWholePath } from "./support/whole-path.ts";

/** A path is ended after so many inputs, and a new one begun: what it gave is held until then. */
const ROUND = 2000;
/** More than one round ever takes, and its garbage. */
const MOST_GROWTH = 256 * 2 ** 20;

const [inputs, seed] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? Date.now() % 2 ** 32)];
console.log(`${inputs} inputs of seed ${seed}`);
const random = seededRandom(seed);
const totals = { records: 0, events: 0, meanings: 0, garbage: 0 };
const began = performance.now();
let settled: number | undefined;

for (let done = 0; done < inputs; ) {
  const path = createWholePath(random);
  for (let index = 0; index < ROUND && done < inputs; index++, done++) {
    const input = brokenInput(random);
    try {
      path.take(input);
    } catch (error) {
      console.error(`input ${done}: ${JSON.stringify({ ...input, ...texts(input) })}`);
      throw error;
    }
  }
  const counts = path.end();
  for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += counts[name];
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  settled ??= heapUsed + arrayBuffers;
  if (heapUsed + arrayBuffers > settled + MOST_GROWTH)
    throw new Error(`Memory grew to ${heapUsed + arrayBuffers} bytes.`);
}

const seconds = (performance.now() - began) / 1000;
console.log(`${JSON.stringify(totals)}; ${Math.round(inputs / seconds)} inputs/s`);

function texts(input: { payload: Buffer; line: Buffer; frame: Buffer }): Record<string, string> {
  return {
    payload: input.payload.toString("latin1"),
    line: input.line.toString("latin1"),
    frame: input.frame.toString("base64"),
  };
}
