import { getSystemErrorName } from "node:util";
import { NativeError } from "../native-error.ts";
import { forEachDatagram } from "../netlink/datagram-batch.ts";
import {
  encodeNetlinkMessage,
  forEachNetlinkMessage,
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from "../netlink/netlink-message.ts";
import type { NetlinkSocket } from "../netlink/netlink-socket.ts";

/** Questions and answers over one socket, one after the other, in the thread that asks. */
export interface DiagExchange {
  /**
   * All that `decode` made of the kernel's messages; where it gives undefined, nothing.
   *
   * @throws NativeError with what the kernel said (`ENOENT` where it has no such table), `ETIMEDOUT` where no end came, `EINTR` where the table
   * changed each time that it was dumped, `ENOBUFS` or `EMSGSIZE` where something was lost
   */
  dump<T>(request: Uint8Array, decode: (message: Buffer) => T | undefined): T[];
  /** What `decode` made of the only message; undefined where the kernel has no such socket. @throws NativeError as `dump` */
  query<T>(request: Uint8Array, decode: (message: Buffer) => T | undefined): T | undefined;
  /** False after an answer that did not come to its end: what is left of it would be in the way of the next. */
  readonly usable: boolean;
}

/** SOCK_DIAG_BY_FAMILY of `include/uapi/linux/sock_diag.h`. */
const MESSAGE_TYPE = 20;

/** How often a table is dumped that changes meanwhile. */
const DUMPS = 3;

/** The kernel fills a message of a dump up to 32 KiB; of these several fit. */
const BUFFER_BYTES = 256 * 1024;

/** One for each thread: answers are decoded before the next question. */
let buffer: Uint8Array | undefined;

/** What is told of an answer. */
interface Reply {
  interrupted: boolean;
  error: NativeError | undefined;
  ended: boolean;
}

/** @param timeoutMs for a whole answer */
export function createDiagExchange(socket: NetlinkSocket, timeoutMs: number): DiagExchange {
  let sequence = 0;
  let usable = true;

  function ask(request: Uint8Array, flags: number, visit: (message: Buffer) => void): Reply {
    sequence = (sequence + 1) >>> 0;
    const deadline = performance.now() + timeoutMs;
    socket.send(encodeNetlinkMessage({ type: MESSAGE_TYPE, flags: NLM_F_REQUEST | flags, sequence, payload: request }));
    const reply: Reply = { interrupted: false, error: undefined, ended: false };
    const isDump = (flags & NLM_F_DUMP) !== 0;
    usable = false;
    buffer ??= new Uint8Array(BUFFER_BYTES);
    while (!reply.ended) {
      const left = Math.ceil(deadline - performance.now());
      const batch = left > 0 ? socket.receive(buffer, left) : undefined;
      if (!batch) throw new NativeError("ETIMEDOUT", `The kernel's answer did not come within ${timeoutMs} ms.`);
      readBatch(batch, (message) => {
        // What is left of a question before, or none of ours.
        if (message.sequence !== sequence || message.portId !== socket.portId || reply.ended) return;
        readMessage(message, isDump, reply, visit);
      });
    }
    usable = true;
    if (reply.error) throw reply.error;
    return reply;
  }

  return {
    get usable() {
      return usable;
    },
    dump(request, decode) {
      for (let attempt = 0; attempt < DUMPS; attempt++) {
        const rows: NonNullable<ReturnType<typeof decode>>[] = [];
        const { interrupted } = ask(request, NLM_F_DUMP, (message) => {
          const row = decode(message);
          if (row !== undefined && row !== null) rows.push(row);
        });
        if (!interrupted) return rows;
      }
      throw new NativeError("EINTR", `The table changed each of the ${DUMPS} times that it was dumped.`);
    },
    query(request, decode) {
      let found: ReturnType<typeof decode>;
      try {
        ask(request, 0, (message) => {
          found = decode(message);
        });
      } catch (error) {
        if (NativeError.isInstance(error) && error.code === "ENOENT") return undefined;
        throw error;
      }
      return found;
    },
  };
}

/** Goes through the messages. @throws NativeError where some were lost */
function readBatch(batch: Uint8Array, visit: (message: NetlinkMessage) => void): void {
  let lost: NativeError | undefined;
  forEachDatagram(batch, {
    datagram({ payload, truncated }) {
      if (truncated) lost = new NativeError("EMSGSIZE", "A message of the kernel was too long.");
      else forEachNetlinkMessage(payload, visit);
    },
    overrun() {
      lost = new NativeError("ENOBUFS", "The kernel dropped a part of its answer.");
    },
  });
  if (lost) throw lost;
}

function readMessage(message: NetlinkMessage, isDump: boolean, reply: Reply, visit: (message: Buffer) => void): void {
  const { type, flags, payload } = message;
  if (flags & NLM_F_DUMP_INTR) reply.interrupted = true;
  if (type === NLMSG_ERROR || type === NLMSG_DONE) {
    reply.ended = true;
    // The end of a dump tells how it went, in the same way as an error.
    const code = payload.length >= 4 ? payload.readInt32LE(0) : 0;
    if (code !== 0) reply.error = errnoError(code);
  } else if (type === MESSAGE_TYPE) {
    visit(payload);
    reply.ended = !isDump;
  }
}

/** @param code negative, as the kernel gives it */
function errnoError(code: number): NativeError {
  const name = code < 0 ? getSystemErrorName(code) : `${code}`;
  return new NativeError(/^E[A-Z0-9]+$/.test(name) ? name : "EIO", `The kernel refused: ${name}.`);
}
