import { type ConnectEvent, KERNEL_CONNECTION, type Ownership, type Process } from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { openSnitchEnds } from "./connection-words.ts";
import { openSnitchPath, writeTexts } from "./encode-process.ts";
import { encodeFields, UNKNOWN_UID, writeText, writeUint32 } from "./opensnitch-wire.ts";
import { writeTree } from "./string-int.ts";
import { writeTextMap } from "./text-map.ts";

/** A connection and who is behind it, as in an event. */
export type OwnedConnection = Pick<ConnectEvent, "connection" | "ownership" | "process">;

/** How a connection is told to OpenSnitch. */
export interface OpenSnitchConnectionOptions {
  /** With the environment of the process; it holds secrets. @default false */
  readonly env?: boolean;
  /** The name that the peer's address was resolved from. @default "" */
  readonly host?: string;
}

/**
 * A connection as OpenSnitch's message `Connection` (proto/opensnitch/ui.proto). Where the owner is not known for
 * certain, the fields of the process are empty or 0, and the user is 4294967295; a connection of the kernel has the path `Kernel connection`.
 */
export function encodeOpenSnitchConnection(event: OwnedConnection, options?: OpenSnitchConnectionOptions): Buffer {
  return encodeFields((writer) => writeOpenSnitchConnection(writer, event, options));
}

/** The fields only. */
export function writeOpenSnitchConnection(
  writer: WireWriter,
  { connection, ownership, process }: OwnedConnection,
  options?: OpenSnitchConnectionOptions,
): void {
  const { protocol, srcIp, dstIp } = openSnitchEnds(connection);
  const owner = process ?? ownerOf(ownership);
  writeText(writer, 1, protocol);
  writeText(writer, 2, srcIp);
  writeUint32(writer, 3, connection.srcPort);
  writeText(writer, 4, dstIp);
  writeText(writer, 5, options?.host);
  writeUint32(writer, 6, connection.dstPort);
  writeUint32(writer, 7, uidOf(ownership, owner));
  writeUint32(writer, 8, owner.pid);
  writeText(writer, 9, openSnitchPath(owner));
  writeText(writer, 10, owner.cwd);
  writeTexts(writer, 11, owner.args);
  if (options?.env === true) writeTextMap(writer, 12, owner.env);
  writeTextMap(writer, 13, owner.checksums);
  writeTree(writer, 14, owner.tree);
}

function uidOf(ownership: Ownership, { uid }: Partial<Process>): number {
  if (ownership.kind === "kernel") return 0;
  return (ownership.kind === "hidden" ? ownership.uid : uid) ?? UNKNOWN_UID;
}

/** Who owned it once, or might own it, does not count. */
function ownerOf(ownership: Ownership): Partial<Process> {
  if (ownership.kind === "process") return ownership.owners[0];
  return ownership.kind === "kernel" ? { path: KERNEL_CONNECTION } : {};
}
