import { emptyTextMap, readTextEntry, type TextMap } from "../wire/text-map.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { openSnitchReader } from "./opensnitch-wire.ts";
import { type OpenSnitchStringInt, readTreeStep } from "./string-int.ts";

/**
 * The fields of OpenSnitch's message `Process` (proto/opensnitch/ui.proto). What is unknown is empty or 0. Numbers over
 * 2^53 lose precision. The maps have no prototype.
 */
export interface OpenSnitchProcess {
  pid: number;
  ppid: number;
  uid: number;
  comm: string;
  path: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
  /** By keys such as `process.hash.md5`. */
  checksums: Record<string, string>;
  /** Bytes. */
  ioReads: number;
  /** Bytes. */
  ioWrites: number;
  /** Bytes. */
  netReads: number;
  /** Bytes. */
  netWrites: number;
  /** From the process to its oldest ancestor. */
  processTree: OpenSnitchStringInt[];
}

/**
 * Reads OpenSnitch's message `Process`. Fields that it has not are passed over.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function decodeOpenSnitchProcess(bytes: Uint8Array): OpenSnitchProcess {
  const reader = openSnitchReader(bytes);
  const process = emptyProcess();
  for (let field = reader.next(); field !== 0; field = reader.next()) readProcessField(reader, field, process);
  return process;
}

function emptyProcess(): OpenSnitchProcess {
  const env: TextMap = emptyTextMap();
  const checksums: TextMap = emptyTextMap();
  return {
    pid: 0,
    ppid: 0,
    uid: 0,
    comm: "",
    path: "",
    args: [],
    env,
    cwd: "",
    checksums,
    ioReads: 0,
    ioWrites: 0,
    netReads: 0,
    netWrites: 0,
    processTree: [],
  };
}

function readProcessField(reader: WireReader, field: number, process: OpenSnitchProcess): void {
  if (field === 1) process.pid = reader.uint();
  else if (field === 2) process.ppid = reader.uint();
  else if (field === 3) process.uid = reader.uint();
  else if (field === 4) process.comm = reader.text();
  else if (field === 5) process.path = reader.text();
  else if (field === 6) process.args.push(reader.text());
  else if (field === 7) readTextEntry(reader, process.env);
  else if (field === 8) process.cwd = reader.text();
  else if (field === 9) readTextEntry(reader, process.checksums);
  else if (field === 10) process.ioReads = reader.uint();
  else if (field === 11) process.ioWrites = reader.uint();
  else if (field === 12) process.netReads = reader.uint();
  else if (field === 13) process.netWrites = reader.uint();
  else if (field === 14) readTreeStep(reader, process.processTree);
  else reader.skip();
}
