import { randomInt } from "node:crypto";
import { closeSync, openSync, readlinkSync } from "node:fs";
import { DEFAULT_PROCFS, type Procfs, readNamespace } from "@procmon/core";
import type { NetlinkSocket } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import { encodeControl, LISTEN } from "./control-message.ts";
import { decodeProcEvent } from "./proc-event.ts";
import { procFilter } from "./proc-filter.ts";

/** A socket that the kernel tells of processes, or why there is none. */
export type ConnectorFound =
  | { readonly socket: NetlinkSocket }
  | {
      readonly socket?: undefined;
      readonly reason: string;
      readonly remedy?: string;
      /** It failed in a way that tells nothing of the next time. */
      readonly isUnsure?: true;
    };

/** Inode numbers of the initial namespaces: `include/linux/proc_ns.h`. */
const INITIAL_PID = 0xefff_fffc;
const INITIAL_USER = 0xefff_fffd;

/** CN_IDX_PROC of `include/uapi/linux/connector.h`. */
const GROUP = 1;

/** Milliseconds in which the kernel answers; it does so before the message has been sent. */
const ACK_MS = 300;

/** So often it is asked: an answer may find no room among what else happens. */
const TRIES = 3;

/**
 * Milliseconds between joining the group and subscribing. Since Linux 6.6 a processor that finds nobody in the group sets the count of
 * subscribers to zero, a moment later: by then it has done so.
 */
const JOIN_MS = 2;

/** Processes that live in the initial network namespace: the first one, and the kernel's own first thread. */
const IN_INITIAL_NETWORK = [1, 2];

/** Opens a socket and subscribes. What happens from then on waits in it. */
export function openConnector(native: NativeAccess, procfs: Procfs, receiveBufferBytes: number): ConnectorFound {
  const elsewhere = findNamespaceFault(procfs);
  if (elsewhere !== undefined) return elsewhere;
  let here = tryOpen(native, receiveBufferBytes);
  for (let attempt = 1; attempt < TRIES && here === SILENT; attempt++) here = tryOpen(native, receiveBufferBytes);
  if (here.socket !== undefined || here.code !== "ECONNREFUSED") return here;
  // The kernel's side of it is in the initial network namespace only.
  for (const pid of IN_INITIAL_NETWORK) {
    const found = inNetworkOf(pid, (netns) => tryOpen(native, receiveBufferBytes, netns));
    if (found?.socket !== undefined) return found;
  }
  return {
    reason: "This process is in a network namespace of its own, which the kernel does not tell of processes.",
    remedy:
      "Let it share the network of the host, or give it CAP_SYS_ADMIN, CAP_SYS_PTRACE and the host's pid namespace.",
  };
}

type Attempt = ConnectorFound & { readonly code?: string };

function tryOpen(native: NativeAccess, receiveBufferBytes: number, netns?: number): Attempt {
  let socket: NetlinkSocket | undefined;
  try {
    socket = native.openNetlinkSocket({
      protocol: "connector",
      groups: [GROUP],
      filter: procFilter(),
      receiveBufferBytes,
      ...(netns === undefined ? {} : { netns }),
    });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, JOIN_MS);
    const number = randomInt(1, 0x7fff_ffff);
    socket.send(encodeControl(native, LISTEN, number));
    const error = awaitAnswer(native, socket, number + 1);
    if (error === 0) return { socket };
    socket.close();
    return error === undefined ? SILENT : refused(error);
  } catch (error) {
    socket?.close();
    const code = native.NativeError.isInstance(error) ? error.code : "";
    if (code === "EPERM" || code === "EACCES") return { ...refused(EPERM), code };
    const reason = `The kernel's proc connector cannot be used: ${messageOf(error)}.`;
    if (code === "EPROTONOSUPPORT" || code === "ECONNREFUSED") return { code, reason, remedy: NEEDS_KERNEL };
    return { code, reason, isUnsure: true };
  }
}

/** The errno of the kernel's answer; undefined where none comes. */
function awaitAnswer(native: NativeAccess, socket: NetlinkSocket, ack: number): number | undefined {
  const into = Buffer.allocUnsafe(256 * 1024);
  const deadline = performance.now() + ACK_MS;
  let answer: number | undefined;
  while (answer === undefined && performance.now() < deadline) {
    const batch = socket.receive(into, Math.ceil(deadline - performance.now()));
    if (batch === undefined) continue;
    native.forEachDatagram(batch, {
      datagram({ payload }) {
        const event = decodeProcEvent(payload);
        if (event?.type === "ack" && event.ack === ack) answer = event.error;
      },
    });
  }
  return answer;
}

const EPERM = 1;
const NEEDS_KERNEL = "It takes a kernel with CONFIG_PROC_EVENTS.";

/** The kernel ignores who is in another pid or user namespace. */
const SILENT: Attempt = {
  reason: "The kernel does not answer: it tells only processes of the initial pid and user namespaces.",
  remedy: "Run it outside of the container, or let the container share the pid namespace of the host.",
};

function refused(errno: number): Attempt {
  if (errno !== EPERM) return { reason: `The kernel's proc connector refuses with error ${errno}.` };
  return { reason: "The kernel tells of processes only with CAP_NET_ADMIN.", remedy: "Give it CAP_NET_ADMIN." };
}

/** The kernel's events name processes as the initial pid namespace does, and so must this procfs. */
function findNamespaceFault({ root }: Procfs): Attempt | undefined {
  for (const { kind, initial } of [
    { kind: "pid", initial: INITIAL_PID },
    { kind: "user", initial: INITIAL_USER },
  ] as const) {
    const own = readNamespace(DEFAULT_PROCFS, "self", kind);
    if (!own.ok || own.value === initial) continue;
    const reason = `This process is in a ${kind} namespace of its own, and the kernel tells only those in the initial one of processes.`;
    const remedy = "Run it outside of the container, or let the container share the namespace of the host.";
    return { reason, remedy };
  }
  try {
    if (readlinkSync(`${root}/self`) === String(process.pid)) return undefined;
  } catch {
    // No procfs, or one of another namespace.
  }
  return { reason: `${root} shows another pid namespace than the one that the kernel tells of.` };
}

function inNetworkOf<T>(pid: number, use: (netns: number) => T): T | undefined {
  let netns: number | undefined;
  try {
    netns = openSync(`${DEFAULT_PROCFS.root}/${pid}/ns/net`, "r");
    return use(netns);
  } catch {
    return undefined;
  } finally {
    if (netns !== undefined) closeSync(netns);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}
