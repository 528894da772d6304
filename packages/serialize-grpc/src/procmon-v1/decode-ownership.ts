import {
  type HiddenOwnership,
  KERNEL_CONNECTION,
  type KernelOwnership,
  type NoOwnership,
  type Ownership,
  type ProcessOwnership,
  type SocketOwner,
} from "@procmon/core";
import type { WireReader } from "../wire/wire-reader.ts";
import { decodeMessage, type Mutable, readMessage } from "./read-fields.ts";
import { CONFIDENCE_WORDS, NO_OWNER_REASON_WORDS } from "./words.ts";

/**
 * Decodes a procmon.v1.Ownership (proto/procmon/v1/connection.proto). Undefined where it is of a kind, a confidence or a reason that
 * this version does not know, and for owners that are none.
 *
 * @throws ProcmonError `INVALID_MESSAGE` for bytes that are no message.
 */
export function decodeOwnership(bytes: Uint8Array): Ownership | undefined {
  return decodeMessage(bytes, readOwnership);
}

/** Reads the fields of a procmon.v1.Ownership; undefined as with {@link decodeOwnership}. */
export function readOwnership(reader: WireReader): Ownership | undefined {
  let ownership: Ownership | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) ownership = readMessage(reader, readProcessOwnership);
    else if (field === 2) ownership = readMessage(reader, readKernelOwnership);
    else if (field === 3) ownership = readMessage(reader, readNoOwnership);
    else if (field === 4) ownership = readMessage(reader, readHiddenOwnership);
    else reader.skip();
  }
  return ownership;
}

function readProcessOwnership(reader: WireReader): ProcessOwnership | undefined {
  let confidence = 0;
  let via = "";
  const owners: SocketOwner[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) confidence = reader.uint();
    else if (field === 2) via = reader.text();
    else if (field === 3) owners.push(readMessage(reader, readSocketOwner));
    else reader.skip();
  }
  const word = CONFIDENCE_WORDS.wordOf(confidence);
  if (word === undefined || !isNotEmpty(owners)) return undefined;
  return { kind: "process", confidence: word, via, owners };
}

function isNotEmpty<Value>(values: Value[]): values is [Value, ...Value[]] {
  return values.length > 0;
}

function readKernelOwnership(reader: WireReader): KernelOwnership {
  const ownership: Mutable<KernelOwnership> = { kind: "kernel", path: KERNEL_CONNECTION, via: "" };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) ownership.via = reader.text();
    else reader.skip();
  }
  return ownership;
}

function readNoOwnership(reader: WireReader): NoOwnership | undefined {
  let reason = 0;
  let lastOwner: SocketOwner | undefined;
  const candidates: SocketOwner[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reason = reader.uint();
    else if (field === 2) lastOwner = readMessage(reader, readSocketOwner);
    else if (field === 3) candidates.push(readMessage(reader, readSocketOwner));
    else reader.skip();
  }
  const word = NO_OWNER_REASON_WORDS.wordOf(reason);
  if (word === undefined) return undefined;
  const ownership: Mutable<NoOwnership> = { kind: "none", reason: word };
  if (lastOwner !== undefined) ownership.lastOwner = lastOwner;
  if (candidates.length > 0) ownership.candidates = candidates;
  return ownership;
}

function readHiddenOwnership(reader: WireReader): HiddenOwnership {
  const ownership: Mutable<HiddenOwnership> = { kind: "hidden", requires: "" };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) ownership.uid = reader.uint32();
    else if (field === 2) ownership.requires = reader.text();
    else reader.skip();
  }
  return ownership;
}

function readSocketOwner(reader: WireReader): SocketOwner {
  const owner: Mutable<SocketOwner> = { pid: 0, startTime: 0n };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) owner.pid = reader.uint32();
    else if (field === 2) owner.startTime = reader.bigUint();
    else if (field === 3) owner.comm = reader.text();
    else if (field === 4) owner.path = reader.text();
    else if (field === 5) owner.fd = reader.uint32();
    else if (field === 6) owner.tid = reader.uint32();
    else reader.skip();
  }
  return owner;
}
