import type { Ancestor, Container, Credentials, FileIdentity, Process, Script } from "@procmon/core";
import type { WireReader } from "../wire/wire-reader.ts";
import { decodeMessage, type Mutable, readMessage, readTextList, readTextMap, readUint64 } from "./read-fields.ts";
import { CHECKSUM_STATUS_WORDS, EXE_KIND_WORDS, isContainerRuntime, isProcessField } from "./words.ts";

/**
 * Decodes a procmon.v1.Process (proto/procmon/v1/process.proto). What this version does not know is left out.
 *
 * @throws ProcmonError `INVALID_MESSAGE` for bytes that are no message.
 */
export function decodeProcess(bytes: Uint8Array): Process {
  return decodeMessage(bytes, readProcess);
}

/** Reads the fields of a procmon.v1.Process. */
export function readProcess(reader: WireReader): Process {
  const process: Mutable<Process> = { pid: 0, startTime: 0n, ppid: 0, comm: "" };
  for (let field = reader.next(); field !== 0; field = reader.next()) readProcessField(reader, field, process);
  return process;
}

function readProcessField(reader: WireReader, field: number, process: Mutable<Process>): void {
  switch (field) {
    case 1:
      process.pid = reader.uint32();
      break;
    case 2:
      process.startTime = reader.bigUint();
      break;
    case 3:
      process.ppid = reader.uint32();
      break;
    case 4:
      process.uid = reader.uint32();
      break;
    case 5:
      process.gid = reader.uint32();
      break;
    case 6:
      process.uids = readMessage(reader, readCredentials);
      break;
    case 7:
      process.gids = readMessage(reader, readCredentials);
      break;
    case 8:
      process.user = reader.text();
      break;
    case 9:
      process.comm = reader.text();
      break;
    case 10:
      process.path = reader.text();
      break;
    case 11:
      process.realPath = reader.text();
      break;
    case 12:
      process.root = reader.text();
      break;
    case 13:
      process.args = readMessage(reader, readTextList);
      break;
    case 14:
      process.argsTotal = readUint64(reader);
      break;
    case 15:
      process.argsTruncated = reader.bool();
      break;
    case 16:
      process.cwd = reader.text();
      break;
    case 17:
      process.env = readMessage(reader, readTextMap);
      break;
    case 18:
      process.tree = readMessage(reader, readAncestry);
      break;
    case 19:
      process.executable = readMessage(reader, readFileIdentity);
      break;
    case 20:
      process.checksums = readMessage(reader, readTextMap);
      break;
    case 21: {
      const status = CHECKSUM_STATUS_WORDS.wordOf(reader.uint());
      if (status !== undefined) process.checksumStatus = status;
      break;
    }
    case 22: {
      const kind = EXE_KIND_WORDS.wordOf(reader.uint());
      if (kind !== undefined) process.exeKind = kind;
      break;
    }
    case 23:
      process.script = readMessage(reader, readScript);
      break;
    case 24:
      process.appImage = reader.text();
      break;
    case 25:
      process.cgroup = reader.text();
      break;
    case 26:
      process.container = readMessage(reader, readContainer);
      break;
    case 27:
      process.systemdUnit = reader.text();
      break;
    case 28:
      process.nsPid = reader.uint32();
      break;
    case 29:
      process.netns = readUint64(reader);
      break;
    case 30:
      process.kernelThread = reader.bool();
      break;
    case 31:
      process.state = reader.text();
      break;
    case 32:
      process.denied = readMessage(reader, readTextList).filter(isProcessField);
      break;
    default:
      reader.skip();
  }
}

function readCredentials(reader: WireReader): Credentials {
  const credentials: Mutable<Credentials> = { real: 0, effective: 0, saved: 0 };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) credentials.real = reader.uint32();
    else if (field === 2) credentials.effective = reader.uint32();
    else if (field === 3) credentials.saved = reader.uint32();
    else reader.skip();
  }
  return credentials;
}

function readAncestry(reader: WireReader): readonly Ancestor[] {
  const tree: Ancestor[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) tree.push(readMessage(reader, readAncestor));
    else reader.skip();
  }
  return tree;
}

function readAncestor(reader: WireReader): Ancestor {
  const ancestor: Mutable<Ancestor> = { pid: 0 };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) ancestor.pid = reader.uint32();
    else if (field === 2) ancestor.path = reader.text();
    else if (field === 3) ancestor.startTime = reader.bigUint();
    else if (field === 4) ancestor.comm = reader.text();
    else reader.skip();
  }
  return ancestor;
}

function readFileIdentity(reader: WireReader): FileIdentity {
  const file: Mutable<FileIdentity> = { device: 0, inode: 0n };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) file.device = readUint64(reader);
    else if (field === 2) file.inode = reader.bigUint();
    else if (field === 3) file.size = reader.bigUint();
    else if (field === 4) file.mtime = reader.bigInt();
    else if (field === 5) file.ctime = reader.bigInt();
    else reader.skip();
  }
  return file;
}

function readScript(reader: WireReader): Script {
  const script: Mutable<Script> = { path: "", interpreter: "" };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) script.path = reader.text();
    else if (field === 2) script.interpreter = reader.text();
    else reader.skip();
  }
  return script;
}

function readContainer(reader: WireReader): Container {
  const container: Mutable<Container> = { id: "" };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) container.id = reader.text();
    else if (field === 2) {
      const runtime = reader.text();
      if (isContainerRuntime(runtime)) container.runtime = runtime;
    } else reader.skip();
  }
  return container;
}
