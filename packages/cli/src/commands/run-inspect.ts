import {
  DEFAULT_PROCFS,
  type Descriptor,
  type ProcessDetails,
  readLazySnapshot,
  readProcessDetails,
  requiredToLook,
  type SocketEntry,
} from "@procmon/core";
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

/** Runs `procmon inspect`. */
export async function runInspect(pid: number, options: InspectOptions, context: CommandContext): Promise<ExitCode> {
  const outcome = readProcessDetails(DEFAULT_PROCFS, pid, { captureEnv: options.env === true });
  if (!outcome.ok) return explainAbsence(pid, outcome.failure === "denied", context);
  const document = resolveSockets(outcome.value);
  const text = options.json === true ? formatJson(document) : formatInspection(document, context.palette);
  await context.output.write(text);
  const denied = [...document.deniedDetails, ...(document.process.denied ?? [])];
  if (denied.length > 0) {
    context.say(`Not allowed to read: ${denied.join(", ")}, which takes ${requiredToLook(DEFAULT_PROCFS)}.`, "warning");
  }
  return EXIT_CODE.found;
}
