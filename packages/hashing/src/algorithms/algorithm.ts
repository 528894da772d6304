/**
 * What can be computed. `fsverity` is not: it is the digest that the file system itself keeps of a file with fs-verity
 * (Documentation/filesystems/fsverity.rst), and other files have none.
 */
export const ALGORITHMS = ["md5", "sha1", "sha256", "sha512", "blake3", "fsverity"] as const;

/** The name of one way to sum up a file. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** Those that read the whole file. */
export type ComputedAlgorithm = Exclude<Algorithm, "fsverity">;

/**
 * What was summed up:
 * - `hash`: the executable's file.
 * - `memory`: the executable as it is mapped in memory, where no file can be opened. It is not the file's checksum, and it is another one
 *   in every process, since its data are changed while it runs.
 * - `script`: the script that an interpreter runs.
 */
export type ChecksumSubject = "hash" | "memory" | "script";

/** The key in `Process.checksums`: `process.hash.sha256`, `process.memory.sha256`, `process.script.sha256`. */
export function checksumKey(algorithm: Algorithm, subject: ChecksumSubject = "hash"): string {
  return `process.${subject}.${algorithm}`;
}

/** Checksums of one file, in lower-case hex; with `fsverity` after the name of its algorithm, as `sha256:…`, or empty where the file has none. */
export type Digests = Readonly<Partial<Record<Algorithm, string>>>;

/** All but that of one algorithm. */
export function withoutAlgorithm(digests: Digests, algorithm: Algorithm): Digests {
  const { [algorithm]: _, ...others } = digests;
  return others;
}

/** True if none of these algorithms is missing. */
export function hasAll(digests: Digests | undefined, algorithms: readonly Algorithm[]): boolean {
  return algorithms.every((algorithm) => digests?.[algorithm] !== undefined);
}

/** Those of some algorithms. */
export function digestsOf(algorithms: readonly Algorithm[], digests: Digests): Digests {
  return Object.fromEntries(
    algorithms.flatMap((each) => (digests[each] === undefined ? [] : [[each, digests[each]]])),
  ) as Digests;
}
