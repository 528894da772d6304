import type { Algorithm } from "@procmon/hashing";
import { InvalidArgumentError, Option } from "commander";

/** What can be computed. Kept apart from the list of `@procmon/hashing` so that help does not load it, and works without it. */
export const ALGORITHMS: readonly Algorithm[] = ["md5", "sha1", "sha256", "sha512", "blake3", "fsverity"];

/**
 * Reads a list of algorithms divided by commas, added to those of an earlier option.
 *
 * @param earlier false after `--no-hash`
 * @throws InvalidArgumentError
 */
export function parseAlgorithms(text: string, earlier?: readonly Algorithm[] | false): readonly Algorithm[] {
  const algorithms = new Set(earlier || []);
  for (const word of text.split(",")) {
    const algorithm = ALGORITHMS.find((known) => known === word.trim());
    if (algorithm === undefined) throw new InvalidArgumentError(`The algorithms are ${ALGORITHMS.join(", ")}.`);
    algorithms.add(algorithm);
  }
  return ALGORITHMS.filter((algorithm) => algorithms.has(algorithm));
}

/** `--hash`: which checksums to compute. */
export function hashOption(what: string): Option {
  return new Option("--hash <algorithms>", what).choices(ALGORITHMS).argParser(parseAlgorithms);
}
