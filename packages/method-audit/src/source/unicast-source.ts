import { DEFAULT_PROCFS, readStat } from "@procmon/core";
import type { AuditControl } from "../kernel/audit-control.ts";
import type { AuditStatus } from "../kernel/audit-status.ts";
import { controlOf } from "../kernel/open-audit-control.ts";
import type { AuditSource } from "./audit-source.ts";
import { LONGEST_WAIT_MS } from "./back-off.ts";
import { createKeptSource, type OnBroken, type OpenedSource } from "./kept-source.ts";
import { createNetlinkSession, type NetlinkSourceOptions, netlinkCounts } from "./netlink-session.ts";
import type { AuditDatagram } from "./record-datagram.ts";
import { type ExplainedRefusal, refusalOf, type SourceRefusal } from "./source-refusal.ts";

/** How it is made. */
export interface UnicastSourceOptions extends NetlinkSourceOptions {
  /** Asks the kernel who its daemon is; not closed here. Undefined where it may not be asked. */
  readonly control: AuditControl | undefined;
  /** Milliseconds that the place is left to whoever wants it, at least. @default 10 s */
  readonly patienceMs?: number;
}

/** Milliseconds between two looks whether the kernel still sends its records here. */
const CHECK_MS = 1000;

/**
 * Makes a source that is the kernel's audit daemon, where there is no other. It gives way to whoever wants to be it, and comes back only
 * when the place is free again.
 */
export function createUnicastSource(options: UnicastSourceOptions): AuditSource {
  const { native, sink, control, receiveBufferBytes, patienceMs = LONGEST_WAIT_MS } = options;
  const counts = netlinkCounts();

  async function open(onBroken: OnBroken): Promise<OpenedSource> {
    if (control === undefined) return { refusal: MAY_NOT_ASK };
    const refusal = refusedBy(control.status());
    if (refusal !== undefined) return { refusal };
    const socket = native.openNetlinkSocket({ protocol: "audit", receiveBufferBytes });
    const own = controlOf(native, socket, (datagram) => session.take(datagram));
    let timer: NodeJS.Timeout | undefined;

    function onOther(datagram: AuditDatagram): void {
      // Our own leave makes the kernel ask, too.
      if (datagram.kind !== "replace" || datagram.pid === process.pid) return;
      const reason = `Process ${datagram.pid} wants to be the audit daemon: the audit socket is left to it.`;
      onBroken(reason, patienceMs);
    }
    function check(asked: AuditControl): void {
      const found = daemonOf(asked);
      if (found === process.pid) return;
      if (found === undefined || found === 0) onBroken("The kernel has stopped to send audit records here.");
      else onBroken(`Process ${found} has become the audit daemon.`, patienceMs);
    }
    function onClose(): void {
      clearInterval(timer);
      if (own.status().pid === process.pid) own.set({ pid: 0 });
    }

    const session = createNetlinkSession(options, { socket, counts, onBroken, onOther, onClose });
    try {
      own.set({ pid: process.pid });
      session.read();
      timer = setInterval(check, CHECK_MS, control).unref();
      return { session };
    } catch (error) {
      await session.close();
      return { refusal: refusalOf(error) };
    }
  }

  return createKeptSource({ kind: "unicast", sink, open, stats: () => ({ ...counts }) });
}

const MAY_NOT_ASK: SourceRefusal = {
  reason: "Only who has CAP_AUDIT_CONTROL can take the audit daemon's place.",
  remedy: "Run it as root, or give it CAP_AUDIT_CONTROL.",
  isFinal: true,
};

/** Why the audit daemon's place cannot be had, where another has it. The kernel notices its end only when it has something to send. */
export function refusedBy({ pid }: Pick<AuditStatus, "pid">): ExplainedRefusal | undefined {
  if (pid === 0 || !isAlive(pid)) return undefined;
  return {
    reason: `The kernel sends its audit records to process ${pid} already.`,
    remedy: 'Listen beside it (source: "multicast"), or stop it.',
  };
}

function isAlive(pid: number): boolean {
  const stat = readStat(DEFAULT_PROCFS, pid);
  return stat.ok || stat.failure !== "gone";
}

function daemonOf(control: AuditControl): number | undefined {
  try {
    return control.status().pid;
  } catch {
    return undefined;
  }
}
