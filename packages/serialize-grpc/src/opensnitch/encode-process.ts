import { KERNEL_CONNECTION, type Process } from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { encodeFields, UNKNOWN_UID, writeText, writeUint64 } from "./opensnitch-wire.ts";
import { writeTree } from "./string-int.ts";
import { writeTextMap } from "./text-map.ts";

/** What OpenSnitch's `Process` has besides what a process is. */
export interface OpenSnitchProcessExtras {
  /** With the environment; it holds secrets. @default false */
  readonly env?: boolean;
  /** Bytes that went through read(2), write(2) and their like: `rchar` and `wchar` of `/proc/<pid>/io`. @default 0 */
  readonly io?: { readonly reads: number | bigint; readonly writes: number | bigint };
  /** Bytes of payload. @default 0 */
  readonly net?: { readonly received: number | bigint; readonly sent: number | bigint };
}

/**
 * A process as OpenSnitch's message `Process` (proto/opensnitch/ui.proto). What is unknown stays empty or 0, but a user is
 * 4294967295, and a byte that is not UTF-8 becomes U+FFFD.
 */
export function encodeOpenSnitchProcess(process: Process, extras?: OpenSnitchProcessExtras): Buffer {
  return encodeFields((writer) => writeOpenSnitchProcess(writer, process, extras));
}

/** The fields only. */
export function writeOpenSnitchProcess(writer: WireWriter, process: Process, extras?: OpenSnitchProcessExtras): void {
  writeUint64(writer, 1, process.pid);
  writeUint64(writer, 2, process.ppid);
  writeUint64(writer, 3, process.uid ?? UNKNOWN_UID);
  writeText(writer, 4, process.comm);
  writeText(writer, 5, openSnitchPath(process));
  writeTexts(writer, 6, process.args);
  if (extras?.env === true) writeTextMap(writer, 7, process.env);
  writeText(writer, 8, process.cwd);
  writeTextMap(writer, 9, process.checksums);
  writeUint64(writer, 10, extras?.io?.reads);
  writeUint64(writer, 11, extras?.io?.writes);
  writeUint64(writer, 12, extras?.net?.received);
  writeUint64(writer, 13, extras?.net?.sent);
  writeTree(writer, 14, process.tree);
}

/** OpenSnitch's daemon tells the threads of the kernel by this path. */
export function openSnitchPath({ path, kernelThread }: Pick<Process, "path" | "kernelThread">): string | undefined {
  return kernelThread === true ? KERNEL_CONNECTION : path;
}

/** A `repeated string`, with the empty ones. */
export function writeTexts(writer: WireWriter, field: number, texts: readonly string[] | undefined): void {
  if (texts === undefined) return;
  for (const text of texts) writer.text(field, text);
}
