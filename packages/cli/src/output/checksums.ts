import type { ChecksumStatus, Process } from "@procmon/core";
import type { Algorithm } from "@procmon/hashing";
import { escapeText } from "./escape.ts";
import type { Fact } from "./facts.ts";

const PREFIX = "process.";

/** What the statuses mean. */
const SENTENCES: Readonly<Record<Exclude<ChecksumStatus, "ok">, string>> = {
  pending: "still being computed",
  gone: "the file cannot be reached any more",
  denied: "the file may not be opened",
  too_large: "the file is too large",
  timeout: "reading the file takes too long",
  changed: "its path holds another file by now",
  failed: "the file cannot be read",
};

/** The name of a key of `Process.checksums`: `sha256`, `sha256(memory)`, `script sha256`. Escaped. */
function nameOf(key: string): string {
  const [subject, algorithm] = key.startsWith(PREFIX) ? key.slice(PREFIX.length).split(".", 2) : [];
  if (subject === undefined || algorithm === undefined) return escapeText(key);
  if (subject === "hash") return escapeText(algorithm);
  return escapeText(subject === "memory" ? `${algorithm}(memory)` : `${subject} ${algorithm}`);
}

/** Checksums by their keys as text for one line: `sha256=… script sha256=…`. Escaped. */
export function formatDigests(checksums: Readonly<Record<string, string>>): string {
  return Object.entries(checksums)
    .map(([key, digest]) => `${nameOf(key)}=${escapeText(digest)}`)
    .join(" ");
}

/** `too large` of `too_large`. */
function wordsOf(status: ChecksumStatus): string {
  return status.replace("_", " ");
}

type Subject = "executable" | "script" | Algorithm;

/** What is missing: an algorithm of the executable, else something of the script, else something unknown. */
function missingOf({ checksums = {}, script }: Process, algorithms: readonly Algorithm[]): readonly Subject[] {
  const missing = algorithms.filter(
    (algorithm) =>
      checksums[`${PREFIX}hash.${algorithm}`] === undefined && checksums[`${PREFIX}memory.${algorithm}`] === undefined,
  );
  // Nothing has to have fs-verity: where all else is there, the status is about the script.
  if (missing.some((algorithm) => algorithm !== "fsverity")) return missing;
  if (script !== undefined) return ["script"];
  return missing.length > 0 ? missing : ["executable"];
}

/** All that is known of the checksums of a process as text for one line: `sha256=…`, `sha256: denied`. Escaped; empty for nothing. */
export function formatChecksums(process: Process, algorithms: readonly Algorithm[]): string {
  const { checksums = {}, checksumStatus: status } = process;
  const known = formatDigests(checksums);
  if (status === undefined || status === "ok") return known;
  const missing = missingOf(process, algorithms).map((subject) => `${subject}: ${wordsOf(status)}`);
  return [known, ...missing].filter((text) => text !== "").join(" ");
}

/** The same, one fact each, with sentences. */
export function checksumFacts(process: Process, algorithms: readonly Algorithm[]): readonly Fact[] {
  const { checksums = {}, checksumStatus: status } = process;
  const known = Object.entries(checksums).map(([key, digest]): Fact => [nameOf(key), escapeText(digest)]);
  if (status === undefined || status === "ok") return known;
  const missing = missingOf(process, algorithms).map(
    (subject): Fact => [subject, `${wordsOf(status)}: ${SENTENCES[status] ?? ""}`],
  );
  return [...known, ...missing];
}
