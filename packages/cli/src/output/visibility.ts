import type { Ownership, SocketEntry, Visibility } from "@procmon/core";

/**
 * One line about what could not be seen, and what would help; undefined where nothing was hidden.
 *
 * @param uid The effective user: to root nobody says that root would see more. @default this process's own
 */
export function describeHidden(
  visibility: Visibility,
  sockets: readonly SocketEntry[],
  uid: number | undefined = process.geteuid?.(),
): string | undefined {
  let hidden = 0;
  for (const { ownership } of sockets) if (ownership.kind === "hidden") hidden++;
  const { pidsReadable, pidsTotal, hiddenBy } = visibility;
  const causes = [...hiddenBy];
  if (causes.length === 0 && pidsReadable < pidsTotal) {
    causes.push(`${pidsTotal - pidsReadable} of ${pidsTotal} processes may not be looked at`);
  }
  if (hidden === 0 && causes.length === 0) return undefined;
  const what = hidden === 0 ? "Not all can be seen" : `The owners of ${hidden} of ${sockets.length} sockets are hidden`;
  const remedy = uid === 0 ? "" : " Run as root to see more.";
  return `${what}${causes.length === 0 ? "" : `: ${causes.join("; ")}`}.${remedy}`;
}

/** What it would take to see the owner that was asked for, in one sentence. */
export function describeHiddenOwner(answers: readonly Ownership[]): string {
  const requires = new Set<string>();
  for (const answer of answers) if (answer.kind === "hidden") requires.add(answer.requires);
  return `The owner may not be looked at, which takes ${[...requires].join(", or ")}.`;
}
