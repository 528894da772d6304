import { type FixtureName, spawnFixture } from "@procmon-internal/fixtures";

/** What `storm` and `thread-storm` print of a storm. */
export interface Storm {
  /** The program that made the children. */
  readonly pid: number;
  /** Of the children, in the order in which they were made. */
  readonly pids: readonly number[];
  /** As waitpid(2) gives them. */
  readonly statuses: readonly number[];
  readonly tids: readonly number[];
}

/** Makes a storm, and ends the program that made it. */
export async function makeStorm(
  program: Extract<FixtureName, "storm" | "thread-storm">,
  args: readonly (string | number)[],
  cwd?: string,
): Promise<Storm> {
  await using fixture = await spawnFixture<Storm>(program, args.map(String), {
    timeoutMs: 55_000,
    ...(cwd === undefined ? {} : { cwd }),
  });
  fixture.tell();
  return await fixture.next();
}

/** How a child ended, as an exit event tells it. */
export function endOf(status: number): { readonly exitCode: number } | { readonly signal: number } {
  return (status & 0x7f) === 0 ? { exitCode: status >> 8 } : { signal: status & 0x7f };
}
