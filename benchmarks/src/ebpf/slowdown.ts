import { over } from "../measure.ts";
import { type Peer, watchedByPeer } from "../peer.ts";
import { against, type Row } from "../report.ts";

interface Timed {
  readonly wallNs: number;
}

/** A storm, and who watches it. */
export interface SlowdownWays<Done extends Timed, Ours extends { readonly done: Done }> {
  storm(): Promise<Done>;
  /** The storm with a monitor of ours. */
  ours(): Promise<Ours>;
  readonly peer: Peer;
  readonly script: Peer;
}

/** One round: alone, with each of those who watch, and alone again; by how much each slows it. */
export async function playSlowdown<Done extends Timed, Ours extends { readonly done: Done }>(
  ways: SlowdownWays<Done, Ours>,
) {
  const { storm } = ways;
  const before = await storm();
  const ours = await ways.ours();
  const peer = await watchedByPeer(ways.peer, storm);
  const script = await watchedByPeer(ways.script, storm);
  const after = await storm();
  const alone = (before.wallNs + after.wallNs) / 2;
  const slowed = <Watched extends { readonly done: Done }>(watched: Watched) => ({
    ...watched,
    slowdown: watched.done.wallNs / alone,
  });
  return { alone, ours: slowed(ours), peer: peer && slowed(peer), script: script && slowed(script) };
}

/** What a peer's accounts say, for a row to be held against; of one that is not installed nothing. */
export function figuresOf<Account>(name: string, accounts: readonly (Account | undefined)[]) {
  const present = accounts.filter((account) => account !== undefined);
  const figure = (how: "middle" | "least" | "most", value: (account: Account) => number): Pick<Row, "against"> =>
    against(name, present.length === 0 ? undefined : over(present)[how](value));
  return {
    isPresent: present.length > 0,
    middle: (value: (account: Account) => number) => figure("middle", value),
    least: (value: (account: Account) => number) => figure("least", value),
    most: (value: (account: Account) => number) => figure("most", value),
  };
}
