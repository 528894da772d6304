import { emptyTextMap, readTextEntry, type TextMap } from "../wire/text-map.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { openSnitchReader, readUint32 } from "./opensnitch-wire.ts";
import { type OpenSnitchStringInt, readTreeStep } from "./string-int.ts";

/**
 * The fields of OpenSnitch's message `Connection` (proto/opensnitch/ui.proto). What is unknown is empty or 0. The maps
 * have no prototype.
 */
export interface OpenSnitchConnection {
  /** For example `tcp` or `udp6`. */
  protocol: string;
  srcIp: string;
  srcPort: number;
  dstIp: string;
  dstHost: string;
  dstPort: number;
  userId: number;
  processId: number;
  /** `Kernel connection` where the kernel itself owns it. */
  processPath: string;
  processCwd: string;
  processArgs: string[];
  processEnv: Record<string, string>;
  /** By keys such as `process.hash.md5`. */
  processChecksums: Record<string, string>;
  /** From the process to its oldest ancestor. */
  processTree: OpenSnitchStringInt[];
}

/**
 * Reads OpenSnitch's message `Connection`. Fields that it has not are passed over.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function decodeOpenSnitchConnection(bytes: Uint8Array): OpenSnitchConnection {
  const connection = emptyConnection();
  readConnection(openSnitchReader(bytes), connection);
  return connection;
}

/** A connection of which nothing is known. */
export function emptyConnection(): OpenSnitchConnection {
  const processEnv: TextMap = emptyTextMap();
  const processChecksums: TextMap = emptyTextMap();
  return {
    protocol: "",
    srcIp: "",
    srcPort: 0,
    dstIp: "",
    dstHost: "",
    dstPort: 0,
    userId: 0,
    processId: 0,
    processPath: "",
    processCwd: "",
    processArgs: [],
    processEnv,
    processChecksums,
    processTree: [],
  };
}

/** Reads all the reader's fields into it. */
export function readConnection(reader: WireReader, connection: OpenSnitchConnection): void {
  for (let field = reader.next(); field !== 0; field = reader.next()) readConnectionField(reader, field, connection);
}

function readConnectionField(reader: WireReader, field: number, connection: OpenSnitchConnection): void {
  if (field === 1) connection.protocol = reader.text();
  else if (field === 2) connection.srcIp = reader.text();
  else if (field === 3) connection.srcPort = readUint32(reader);
  else if (field === 4) connection.dstIp = reader.text();
  else if (field === 5) connection.dstHost = reader.text();
  else if (field === 6) connection.dstPort = readUint32(reader);
  else if (field === 7) connection.userId = readUint32(reader);
  else if (field === 8) connection.processId = readUint32(reader);
  else if (field === 9) connection.processPath = reader.text();
  else if (field === 10) connection.processCwd = reader.text();
  else if (field === 11) connection.processArgs.push(reader.text());
  else if (field === 12) readTextEntry(reader, connection.processEnv);
  else if (field === 13) readTextEntry(reader, connection.processChecksums);
  else if (field === 14) readTreeStep(reader, connection.processTree);
  else reader.skip();
}
