import type {
  HiddenOwnership,
  KernelOwnership,
  NoOwnership,
  Ownership,
  ProcessOwnership,
  SocketOwner,
} from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { encodeMessage } from "./encode-message.ts";
import { CONFIDENCE_WORDS, NO_OWNER_REASON_WORDS } from "./words.ts";
import {
  enumNumber,
  optionalMessage,
  optionalText,
  optionalUint32,
  plainBigUint,
  plainText,
  plainUint32,
  repeatedMessage,
} from "./write-fields.ts";

/** Encodes a procmon.v1.Ownership (proto/procmon/v1/connection.proto). */
export function encodeOwnership(ownership: Ownership): Buffer {
  return encodeMessage(writeOwnership, ownership, false);
}

/** Writes the fields of a procmon.v1.Ownership. */
export function writeOwnership(writer: WireWriter, ownership: Ownership): void {
  switch (ownership.kind) {
    case "process":
      optionalMessage(writer, 1, ownership, writeProcessOwnership);
      break;
    case "kernel":
      optionalMessage(writer, 2, ownership, writeKernelOwnership);
      break;
    case "none":
      optionalMessage(writer, 3, ownership, writeNoOwnership);
      break;
    case "hidden":
      optionalMessage(writer, 4, ownership, writeHiddenOwnership);
      break;
    default:
      ownership satisfies never;
  }
}

function writeProcessOwnership(writer: WireWriter, { confidence, via, owners }: ProcessOwnership): void {
  enumNumber(writer, 1, CONFIDENCE_WORDS.numberOf(confidence));
  plainText(writer, 2, via);
  repeatedMessage(writer, 3, owners, writeSocketOwner);
}

function writeKernelOwnership(writer: WireWriter, { via }: KernelOwnership): void {
  plainText(writer, 1, via);
}

function writeNoOwnership(writer: WireWriter, { reason, lastOwner, candidates }: NoOwnership): void {
  enumNumber(writer, 1, NO_OWNER_REASON_WORDS.numberOf(reason));
  optionalMessage(writer, 2, lastOwner, writeSocketOwner);
  if (candidates !== undefined) repeatedMessage(writer, 3, candidates, writeSocketOwner);
}

function writeHiddenOwnership(writer: WireWriter, { uid, requires }: HiddenOwnership): void {
  optionalUint32(writer, 1, uid);
  plainText(writer, 2, requires);
}

function writeSocketOwner(writer: WireWriter, owner: SocketOwner): void {
  plainUint32(writer, 1, owner.pid);
  plainBigUint(writer, 2, owner.startTime);
  optionalText(writer, 3, owner.comm);
  optionalText(writer, 4, owner.path);
  optionalUint32(writer, 5, owner.fd);
  optionalUint32(writer, 6, owner.tid);
}
