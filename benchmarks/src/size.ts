/** With `--small`, a tenth of all counts: shows that the benchmarks run, and nothing else. */
const isSmall = process.argv.includes("--small");

/** So many, or with `--small` a tenth of them. */
export function sized(count: number): number {
  return isSmall ? Math.ceil(count / 10) : count;
}
