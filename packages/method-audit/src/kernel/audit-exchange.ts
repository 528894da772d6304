import { getSystemErrorName } from "node:util";
import type { NetlinkMessage, NetlinkSocket } from "@procmon/native";

/** The parts of `@procmon/native` that questions are asked with. */
export type NetlinkAccess = Pick<
  typeof import("@procmon/native"),
  | "encodeNetlinkMessage"
  | "forEachDatagram"
  | "forEachNetlinkMessage"
  | "NativeError"
  | "NLM_F_ACK"
  | "NLM_F_REQUEST"
  | "NLMSG_DONE"
  | "NLMSG_ERROR"
>;

/** Message types of `include/uapi/linux/audit.h`. */
export const AUDIT_GET = 1000;
export const AUDIT_SET = 1001;
export const AUDIT_ADD_RULE = 1011;
export const AUDIT_DEL_RULE = 1012;
export const AUDIT_LIST_RULES = 1013;

/** A question to the kernel. */
export interface AuditQuestion {
  readonly type: number;
  readonly payload?: Uint8Array;
  /** The message with which its answer ends, behind or before the acknowledgement: a type, or NLMSG_DONE. @default there is none */
  readonly last?: number;
  /** Takes the messages of the answer that have the question's own type. Their bytes are valid until it returns. */
  visit?(payload: Buffer): void;
}

/** What came of a question. */
export type AuditAnswer =
  | { readonly ok: true }
  /** The errno's name; `isSent` is false where there was nobody to send it to. */
  | { readonly ok: false; readonly code: string; readonly isSent: boolean };

/** One question after the other, in the thread that asks. */
export interface AuditExchange {
  ask(question: AuditQuestion): AuditAnswer;
}

/** Room for several of the longest datagrams. */
const BUFFER_BYTES = 256 * 1024;

/**
 * @param timeoutMs for a whole answer; then it is `ETIMEDOUT`
 * @param onOther takes datagrams that are no answer, whole: records, where the socket is a daemon's. The bytes are the receiver's to keep
 */
export function createAuditExchange(
  native: NetlinkAccess,
  socket: NetlinkSocket,
  timeoutMs: number,
  onOther: (datagram: Buffer) => void,
): AuditExchange {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let sequence = 0;

  return {
    ask({ type, payload = new Uint8Array(0), last, visit }) {
      // Records have sequence 0.
      sequence = (sequence % 0xffffffff) + 1;
      const deadline = performance.now() + timeoutMs;
      const sent = send(native, socket, { type, flags: native.NLM_F_REQUEST | native.NLM_F_ACK, sequence, payload });
      if (sent !== undefined) return { ok: false, code: sent, isSent: false };
      let acknowledged = false;
      let ended = last === undefined;
      let failure: string | undefined;

      function take(message: NetlinkMessage): void {
        if (message.type === native.NLMSG_ERROR) {
          const code = message.payload.length >= 4 ? message.payload.readInt32LE(0) : 0;
          if (code < 0) failure = getSystemErrorName(code);
          acknowledged = true;
        } else if (message.type === type) {
          visit?.(message.payload);
        }
        if (message.type === last) ended = true;
      }

      while (failure === undefined && !(acknowledged && ended)) {
        const left = Math.ceil(deadline - performance.now());
        const batch = left > 0 ? socket.receive(buffer, left) : undefined;
        if (!batch) return { ok: false, code: "ETIMEDOUT", isSent: true };
        native.forEachDatagram(batch, {
          datagram({ payload: datagram }) {
            let isAnswer = false;
            // A record's own header may tell another length than the datagram has, and its sequence is never an answer's.
            native.forEachNetlinkMessage(datagram, (message) => {
              if (message.sequence === 0) return;
              isAnswer = true;
              // What is left of a question before is nobody's.
              if (message.sequence === sequence) take(message);
            });
            if (!isAnswer) onOther(Buffer.from(datagram));
          },
          overrun() {
            failure ??= "ENOBUFS";
          },
        });
      }
      return failure === undefined ? { ok: true } : { ok: false, code: failure, isSent: true };
    },
  };
}

/** The errno's name where it cannot be sent. */
function send(
  native: NetlinkAccess,
  socket: NetlinkSocket,
  message: Parameters<NetlinkAccess["encodeNetlinkMessage"]>[0],
): string | undefined {
  try {
    socket.send(native.encodeNetlinkMessage(message));
    return undefined;
  } catch (error) {
    if (native.NativeError.isInstance(error)) return error.code;
    throw error;
  }
}
