import type { Snapshot, SocketEntry } from "@procmon/core";
import { type SnapshotStart, SnapshotStartSchema } from "../generated/procmon/v1/service_pb.js";
import { decodeSocket } from "../procmon-v1/decode-socket.ts";
import { decodeText } from "../text/utf8-text.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import { createWireReader } from "../wire/wire-reader.ts";
import type { MessageStream } from "./message-stream.ts";
import { readMessage } from "./read-message.ts";

/** Of all parts together, in bytes: about a million sockets. */
const LARGEST_SNAPSHOT = 512 * 1024 * 1024;
/** In procmon.v1.SnapshotResponse. */
const START = 1;
const SOCKETS = 2;

/**
 * Reads all parts of a snapshot. Sockets of a kind that this version does not know are left out. Undefined where the stream was
 * closed before all were there.
 *
 * @throws ProcmonError `INVALID_MESSAGE`, and as the stream.
 */
export async function collectSnapshot(parts: MessageStream): Promise<Snapshot | undefined> {
  const sockets: SocketEntry[] = [];
  let start: SnapshotStart | undefined;
  let size = 0;
  try {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      size += part.length;
      if (size > LARGEST_SNAPSHOT) throw invalidMessage("it is too large for a snapshot");
      const reader = createWireReader(part, decodeText);
      for (let field = reader.next(); field !== 0; field = reader.next()) {
        if (field === SOCKETS) {
          const socket = decodeSocket(reader.bytes());
          if (socket !== undefined) sockets.push(socket);
        } else if (field === START) {
          start = readMessage(SnapshotStartSchema, reader.bytes());
        } else {
          reader.skip();
        }
      }
    }
  } finally {
    parts.close();
  }
  if (!parts.isComplete) return undefined;
  if (start === undefined) throw invalidMessage("no part begins the snapshot");
  const { pidsReadable = 0, pidsTotal = 0, hiddenBy = [] } = start.visibility ?? {};
  return { method: start.method, visibility: { pidsReadable, pidsTotal, hiddenBy }, sockets };
}
