import type { NetlinkSocket } from "@procmon/native";
import type { AuditControl } from "./audit-control.ts";
import {
  AUDIT_ADD_RULE,
  AUDIT_DEL_RULE,
  AUDIT_GET,
  AUDIT_LIST_RULES,
  AUDIT_SET,
  type AuditAnswer,
  createAuditExchange,
  type NetlinkAccess,
} from "./audit-exchange.ts";
import { auditRefused } from "./audit-refusal.ts";
import type { AuditRule } from "./audit-rule.ts";
import type { AuditStatus } from "./audit-status.ts";
import { decodeAuditRule, encodeAuditRule } from "./rule-bytes.ts";
import { decodeAuditStatus, encodeAuditSettings } from "./status-bytes.ts";

/** What is needed of `@procmon/native` to open a control. */
export type AuditControlAccess = NetlinkAccess & Pick<typeof import("@procmon/native"), "openNetlinkSocket">;

/** Milliseconds for an answer: the kernel may wait itself for who changes rules at the same time. */
const TIMEOUT_MS = 5000;

/**
 * Opens a control with a socket of its own. Rules and settings are the machine's, whatever the network namespace.
 *
 * @param options.netns an open descriptor of a network namespace. @default that of this process
 * @throws ProcmonError `METHOD_UNAVAILABLE` where the kernel has no audit system
 */
export function openAuditControl(native: AuditControlAccess, options: { readonly netns?: number } = {}): AuditControl {
  let socket: NetlinkSocket;
  try {
    socket = native.openNetlinkSocket({ protocol: "audit", ...options });
  } catch (error) {
    if (!native.NativeError.isInstance(error)) throw error;
    throw auditRefused({ code: error.code, isSent: false });
  }
  return { ...controlOf(native, socket), close: () => socket.close(), [Symbol.dispose]: () => socket.close() };
}

/**
 * A control over a socket that is there: after `set({ pid })` the kernel sends its records to that very socket. It can be asked as long as no
 * thread reads the socket, and closing it leaves the socket open. Give the socket a large buffer, and ask before records come by the thousand: where
 * these have filled it, the kernel drops its answer (`ETIMEDOUT`, `ENOBUFS`).
 *
 * @param onRecord takes datagrams that came instead of an answer
 */
export function controlOf(
  native: NetlinkAccess,
  socket: NetlinkSocket,
  onRecord: (datagram: Buffer) => void = () => {},
): AuditControl {
  const { ask } = createAuditExchange(native, socket, TIMEOUT_MS, onRecord);

  function status(): AuditStatus {
    let found: AuditStatus | undefined;
    const answer = ask({
      type: AUDIT_GET,
      last: AUDIT_GET,
      visit: (payload) => {
        found = decodeAuditStatus(payload);
      },
    });
    if (!answer.ok) throw auditRefused(answer);
    if (found === undefined) throw auditRefused({ code: "EBADMSG", isSent: true });
    return found;
  }

  /** The errno's name, where it is not that nothing may be changed at all. */
  function refused(answer: AuditAnswer): string | undefined {
    if (answer.ok) return undefined;
    if (answer.code === "EPERM") throw auditRefused({ ...answer, isLocked: status().enabled === 2 });
    if (answer.code === "ECONNREFUSED" || answer.code === "ETIMEDOUT") throw auditRefused(answer);
    return answer.code;
  }

  return {
    status,
    set(settings) {
      const code = refused(ask({ type: AUDIT_SET, payload: encodeAuditSettings(settings) }));
      if (code === undefined) return;
      const isTaken = settings.pid !== undefined && (code === "EEXIST" || code === "EACCES");
      throw auditRefused({ code, isSent: true, ...(isTaken ? { daemon: status().pid } : {}) });
    },
    rules() {
      const rules: AuditRule[] = [];
      const answer = ask({
        type: AUDIT_LIST_RULES,
        last: native.NLMSG_DONE,
        visit: (payload) => {
          const rule = decodeAuditRule(payload);
          if (rule) rules.push(rule);
        },
      });
      if (!answer.ok) throw auditRefused(answer);
      return rules;
    },
    addRule: (rule) => refused(ask({ type: AUDIT_ADD_RULE, payload: encodeAuditRule(rule) })),
    deleteRule(rule) {
      const code = refused(ask({ type: AUDIT_DEL_RULE, payload: encodeAuditRule(rule) }));
      if (code === undefined || code === "ENOENT") return code === undefined;
      throw auditRefused({ code, isSent: true });
    },
    close() {},
    [Symbol.dispose]() {},
  };
}
