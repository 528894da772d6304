export { ALGORITHMS, type Algorithm, type ChecksumSubject, checksumKey } from "./algorithms/algorithm.ts";
export { type Hashing, type HashingStats, hashing } from "./hashing.ts";
export type { HashingOptions } from "./options.ts";
