import { DEFAULT_PROCFS, readStatus } from "@procmon/core";
import type { NetlinkSocket } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import type { AuditSource } from "./audit-source.ts";
import { IN_OTHER_NETWORK, inInitialNetwork } from "./initial-network.ts";
import { createKeptSource, type OnBroken, type OpenedSource } from "./kept-source.ts";
import { createNetlinkSession, type NetlinkSourceOptions, netlinkCounts } from "./netlink-session.ts";
import { refusalOf, type SourceRefusal } from "./source-refusal.ts";

/** AUDIT_NLGRP_READLOG of `include/uapi/linux/audit.h`: who is in it gets what the audit daemon gets. */
const READLOG = 1;

/** Makes a source of what the kernel sends to all who listen, beside an audit daemon or without one. */
export function createMulticastSource(options: NetlinkSourceOptions): AuditSource {
  const { native, sink, receiveBufferBytes } = options;
  const counts = netlinkCounts();

  async function open(onBroken: OnBroken): Promise<OpenedSource> {
    const opened = openMulticastSocket(native, receiveBufferBytes);
    if ("refusal" in opened) return opened;
    const { socket } = opened;
    const session = createNetlinkSession(options, { socket, counts, onBroken, onOther() {} });
    try {
      session.read();
      return { session };
    } catch (error) {
      await session.close();
      return { refusal: refusalOf(error) };
    }
  }

  return createKeptSource({ kind: "multicast", sink, open, stats: () => ({ ...counts }) });
}

/** A socket that the kernel sends its records to, or why there is none. */
export function openMulticastSocket(
  native: Pick<NativeAccess, "NativeError" | "openNetlinkSocket">,
  receiveBufferBytes: number,
): { readonly socket: NetlinkSocket } | { readonly refusal: SourceRefusal } {
  const opened = inInitialNetwork((netns) => {
    const place = netns === undefined ? {} : { netns };
    try {
      const groups = [READLOG];
      return { socket: native.openNetlinkSocket({ protocol: "audit", groups, receiveBufferBytes, ...place }) };
    } catch (error) {
      const known = native.NativeError.isInstance(error) ? error : undefined;
      // To open it takes no privilege, but to enter the namespace does.
      const isKeptOut = netns !== undefined && known?.syscall === "socket" && known.code === "EPERM";
      return { refusal: isKeptOut ? IN_OTHER_NETWORK : explain(known?.code, error) };
    }
  });
  return opened ?? { refusal: IN_OTHER_NETWORK };
}

const CAPABILITY = "CAP_AUDIT_READ";

function explain(code: string | undefined, error: unknown): SourceRefusal {
  switch (code) {
    case "EPERM":
      return explainPermission();
    case "EPROTONOSUPPORT":
      return {
        reason: "This kernel has no audit system, or it was turned off when the machine started (audit=0).",
        remedy: "Use a kernel with CONFIG_AUDIT and CONFIG_AUDITSYSCALL, without audit=0 on its command line.",
        isFinal: true,
      };
    case "EINVAL":
    case "ENOENT":
      return {
        reason: "This kernel sends audit records to its daemon alone.",
        remedy: "Linux 3.16 and later do more.",
      };
    default:
      return refusalOf(error);
  }
}

/** The kernel does not tell these apart. */
function explainPermission(): SourceRefusal {
  const status = readStatus(DEFAULT_PROCFS, process.pid);
  if (status.ok && status.value.capabilities.effective?.includes(CAPABILITY)) {
    return {
      reason: `${CAPABILITY} of another user namespace than the first does not let this process read audit records.`,
      remedy: "Run it outside of the container, or in one that shares the host's user namespace.",
      isFinal: true,
    };
  }
  return {
    reason: `Audit records may be read only with ${CAPABILITY}, which this process does not have.`,
    remedy: `Run it as root, or give it this. In a systemd unit: AmbientCapabilities=${CAPABILITY}`,
    isFinal: true,
  };
}
