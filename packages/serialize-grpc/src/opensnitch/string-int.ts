import type { Ancestor } from "@procmon/core";
import type { WireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { encodeFields, openSnitchReader, readUint32, writeText, writeUint32 } from "./opensnitch-wire.ts";

/** One step of a process's ancestry in OpenSnitch's words. */
export interface OpenSnitchStringInt {
  /** The path of the executable; empty where it is unknown. */
  key: string;
  /** The pid. */
  value: number;
}

/** An ancestor as OpenSnitch's message `StringInt`: its path, and its pid. */
export function encodeOpenSnitchStringInt(ancestor: Pick<Ancestor, "path" | "pid">): Buffer {
  return encodeFields((writer) => writeStringInt(writer, ancestor));
}

/**
 * Reads OpenSnitch's message `StringInt`.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function decodeOpenSnitchStringInt(bytes: Uint8Array): OpenSnitchStringInt {
  return readStringInt(openSnitchReader(bytes));
}

/** A `repeated StringInt`, from the process upwards. */
export function writeTree(writer: WireWriter, field: number, tree: readonly Ancestor[] | undefined): void {
  if (tree === undefined) return;
  for (const ancestor of tree) {
    const mark = writer.begin(field);
    writeStringInt(writer, ancestor);
    writer.end(mark);
  }
}

/** Adds one step to a `repeated StringInt`. */
export function readTreeStep(reader: WireReader, tree: OpenSnitchStringInt[]): void {
  const mark = reader.enter();
  tree.push(readStringInt(reader));
  reader.leave(mark);
}

function writeStringInt(writer: WireWriter, { path, pid }: Pick<Ancestor, "path" | "pid">): void {
  writeText(writer, 1, path);
  writeUint32(writer, 2, pid);
}

function readStringInt(reader: WireReader): OpenSnitchStringInt {
  const step: OpenSnitchStringInt = { key: "", value: 0 };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) step.key = reader.text();
    else if (field === 2) step.value = readUint32(reader);
    else reader.skip();
  }
  return step;
}
