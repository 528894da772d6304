import {
  DEFAULT_PROCFS,
  type Descriptor,
  type ProcessDetails,
  ProcmonError,
  readLazySnapshot,
  readProcessDetails,
  requiredToLook,
  type SocketEntry,
} from "@procmon/core";
import type { Algorithm, Hashing, HashingOptions } from "@procmon/hashing";
import { addChecksums } from "../checksums/add-checksums.ts";
import { endStuckReads } from "../checksums/end-stuck-reads.ts";
import { loadHasher } from "../checksums/load-hasher.ts";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { formatInspection } from "../output/inspect-text.ts";
import { formatJson } from "../output/json.ts";
import { explainAbsence } from "../process-presence.ts";
import type { InspectOptions } from "./inspect.ts";

/** A descriptor, and the socket that it is. */
export interface InspectedDescriptor extends Descriptor {
  readonly socket?: SocketEntry;
}

/** What `procmon inspect --json` prints. */
export interface InspectDocument extends Omit<ProcessDetails, "descriptors"> {
  /** The version of this format. */
  readonly v: 1;
  readonly descriptors?: {
    /** By number, ascending. */
    readonly descriptors: readonly InspectedDescriptor[];
    /** How many there are, also where not all were read. */
    readonly total: number;
  };
}

function resolveSockets(details: ProcessDetails): InspectDocument {
  const { descriptors, ...rest } = details;
  if (descriptors === undefined) return { v: 1, ...rest };
  const byInode = new Map<number, SocketEntry>();
  if (descriptors.descriptors.some(({ kind }) => kind === "socket")) {
    const { sockets } = readLazySnapshot(DEFAULT_PROCFS);
    for (const socket of sockets) if (socket.inode !== 0) byInode.set(socket.inode, socket);
  }
  const resolved = descriptors.descriptors.map((descriptor) => {
    const isSocket = descriptor.kind === "socket" && descriptor.inode !== undefined;
    const socket = isSocket ? byInode.get(descriptor.inode as number) : undefined;
    return socket === undefined ? descriptor : { ...descriptor, socket };
  });
  return { v: 1, ...rest, descriptors: { descriptors: resolved, total: descriptors.total } };
}

const DEFAULT_ALGORITHMS: readonly Algorithm[] = ["sha256"];

/** Who asks for checksums by name wants those of large files too, and waits for slow ones. */
const PATIENT: HashingOptions = { maxFileSize: Number.MAX_SAFE_INTEGER, timeLimitMs: 3_600_000 };

/** Who has asked for checksums gets an error where none can be computed; others do without. */
async function findHasher(
  asked: readonly Algorithm[] | undefined,
  context: CommandContext,
): Promise<Hashing | undefined> {
  if (asked !== undefined) return loadHasher(asked, PATIENT);
  try {
    return await loadHasher(DEFAULT_ALGORITHMS);
  } catch (error) {
    if (!ProcmonError.isInstance(error)) throw error;
    if (error.code !== "METHOD_NOT_INSTALLED") context.say(`Without checksums: ${error.message}`, "warning");
    return undefined;
  }
}

/** Runs `procmon inspect`. */
export async function runInspect(pid: number, options: InspectOptions, context: CommandContext): Promise<ExitCode> {
  const outcome = readProcessDetails(DEFAULT_PROCFS, pid, { captureEnv: options.env === true });
  if (!outcome.ok) return explainAbsence(pid, outcome.failure === "denied", context);
  const { hash } = options;
  const hasher = hash === false ? undefined : await findHasher(hash, context);
  const details = resolveSockets(outcome.value);
  const known = await hasher?.hash(details.process);
  const document = { ...details, process: addChecksums(details.process, known) };
  const shown = hash || DEFAULT_ALGORITHMS;
  const text = options.json === true ? formatJson(document) : formatInspection(document, context.palette, shown);
  await context.output.write(text);
  const denied = [...document.deniedDetails, ...(document.process.denied ?? [])];
  if (denied.length > 0) {
    context.say(`Not allowed to read: ${denied.join(", ")}, which takes ${requiredToLook(DEFAULT_PROCFS)}.`, "warning");
  }
  if (hasher !== undefined) {
    await hasher.stop();
    await endStuckReads(hasher, context.say);
  }
  return EXIT_CODE.found;
}
