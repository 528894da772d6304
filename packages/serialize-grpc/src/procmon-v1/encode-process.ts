import type { Ancestor, Container, Credentials, FileIdentity, Process, Script } from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { encodeMessage } from "./encode-message.ts";
import { CHECKSUM_STATUS_WORDS, EXE_KIND_WORDS } from "./words.ts";
import {
  enumNumber,
  optionalBigInt,
  optionalBigUint,
  optionalBool,
  optionalMessage,
  optionalText,
  optionalTextList,
  optionalTextMap,
  optionalUint32,
  optionalUint64,
  plainBigUint,
  plainText,
  plainUint32,
  plainUint64,
  repeatedMessage,
} from "./write-fields.ts";

/** How to encode what holds a process. */
export interface EncodeOptions {
  /** With the environment of processes; it holds secrets. @default false */
  readonly env?: boolean;
}

/** Encodes a procmon.v1.Process (proto/procmon/v1/process.proto). What a field cannot hold, as NaN, is left out. */
export function encodeProcess(process: Process, options?: EncodeOptions): Buffer {
  return encodeMessage(writeProcess, process, options?.env === true);
}

/** Writes the fields of a procmon.v1.Process. */
export function writeProcess(writer: WireWriter, process: Process, env: boolean): void {
  plainUint32(writer, 1, process.pid);
  plainBigUint(writer, 2, process.startTime);
  plainUint32(writer, 3, process.ppid);
  optionalUint32(writer, 4, process.uid);
  optionalUint32(writer, 5, process.gid);
  optionalMessage(writer, 6, process.uids, writeCredentials);
  optionalMessage(writer, 7, process.gids, writeCredentials);
  optionalText(writer, 8, process.user);
  plainText(writer, 9, process.comm);
  optionalText(writer, 10, process.path);
  optionalText(writer, 11, process.realPath);
  optionalText(writer, 12, process.root);
  optionalTextList(writer, 13, process.args);
  optionalUint64(writer, 14, process.argsTotal);
  optionalBool(writer, 15, process.argsTruncated);
  optionalText(writer, 16, process.cwd);
  if (env) optionalTextMap(writer, 17, process.env);
  optionalMessage(writer, 18, process.tree, writeAncestry);
  optionalMessage(writer, 19, process.executable, writeFileIdentity);
  optionalTextMap(writer, 20, process.checksums);
  enumNumber(writer, 21, CHECKSUM_STATUS_WORDS.numberOf(process.checksumStatus));
  enumNumber(writer, 22, EXE_KIND_WORDS.numberOf(process.exeKind));
  optionalMessage(writer, 23, process.script, writeScript);
  optionalText(writer, 24, process.appImage);
  optionalText(writer, 25, process.cgroup);
  optionalMessage(writer, 26, process.container, writeContainer);
  optionalText(writer, 27, process.systemdUnit);
  optionalUint32(writer, 28, process.nsPid);
  optionalUint64(writer, 29, process.netns);
  optionalBool(writer, 30, process.kernelThread);
  optionalText(writer, 31, process.state);
  optionalTextList(writer, 32, process.denied);
}

function writeCredentials(writer: WireWriter, { real, effective, saved }: Credentials): void {
  plainUint32(writer, 1, real);
  plainUint32(writer, 2, effective);
  plainUint32(writer, 3, saved);
}

function writeAncestry(writer: WireWriter, tree: readonly Ancestor[]): void {
  repeatedMessage(writer, 1, tree, writeAncestor);
}

function writeAncestor(writer: WireWriter, ancestor: Ancestor): void {
  plainUint32(writer, 1, ancestor.pid);
  optionalText(writer, 2, ancestor.path);
  optionalBigUint(writer, 3, ancestor.startTime);
  optionalText(writer, 4, ancestor.comm);
}

function writeFileIdentity(writer: WireWriter, file: FileIdentity): void {
  plainUint64(writer, 1, file.device);
  plainBigUint(writer, 2, file.inode);
  optionalBigUint(writer, 3, file.size);
  optionalBigInt(writer, 4, file.mtime);
  optionalBigInt(writer, 5, file.ctime);
}

function writeScript(writer: WireWriter, { path, interpreter }: Script): void {
  plainText(writer, 1, path);
  plainText(writer, 2, interpreter);
}

function writeContainer(writer: WireWriter, { id, runtime }: Container): void {
  plainText(writer, 1, id);
  optionalText(writer, 2, runtime);
}
