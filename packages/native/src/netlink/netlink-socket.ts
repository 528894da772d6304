import type { AddonNetlinkSocket } from "../addon.ts";
import { loadAddon } from "../load-addon.ts";
import { callAddon } from "../native-error.ts";
import { createDatagramReader, type DatagramReader, type DatagramReaderOptions } from "./datagram-reader.ts";
import { encodeFilter, type FilterInstruction } from "./socket-filter.ts";

/** Netlink protocols that can be opened, with their numbers in `include/uapi/linux/netlink.h`. */
export const NETLINK_PROTOCOLS = { route: 0, "sock-diag": 4, audit: 9, connector: 11 } as const;

/** One of {@link NETLINK_PROTOCOLS}. */
export type NetlinkProtocol = keyof typeof NETLINK_PROTOCOLS;

/** How a socket is opened. */
export interface NetlinkSocketOptions {
  readonly protocol: NetlinkProtocol;
  /** Multicast groups to join, as numbers from 1. @default none */
  readonly groups?: readonly number[];
  /**
   * An open descriptor of a network namespace (`/proc/<pid>/ns/net`), which the socket is opened in; takes CAP_SYS_ADMIN. The caller closes it.
   * The socket keeps the namespace alive. @default the namespace of this process
   */
  readonly netns?: number;
  /**
   * Bytes of datagrams that the kernel holds for a reader who is busy, as the kernel counts them (about 800 for a small datagram). Above
   * `net.core.rmem_max` it takes CAP_NET_ADMIN; without that, as much as may be. @default the kernel's
   */
  readonly receiveBufferBytes?: number;
  /** Runs in the kernel on every datagram: what it drops never arrives. It is there before the first group is joined. @default none */
  readonly filter?: readonly FilterInstruction[];
}

/**
 * A netlink socket (netlink(7)). Only what the kernel itself sends is received: datagrams of other processes are dropped, and
 * counted. Close it: it holds a descriptor, and while it reads, a thread.
 */
export interface NetlinkSocket extends Disposable {
  /** This socket's address, which replies carry as their port id. */
  readonly portId: number;
  /** Bytes that the kernel holds for it, as the kernel counts them: twice what was asked for (socket(7), SO_RCVBUF). */
  readonly receiveBufferBytes: number;
  /** Sends one datagram to the kernel. @throws NativeError with the errno's name, for example `ECONNREFUSED` where nobody listens */
  send(message: Uint8Array): void;
  /**
   * Waits for datagrams, in this very thread, and gives as many as are there and fit into `into`, which has to hold more than 64 KiB; framed
   * as `forEachDatagram` reads them. Undefined where none came in time. The bytes are valid until `into` is used again.
   *
   * @throws NativeError; `EBUSY` while the socket is read by `read`, `EINVAL` where `into` is too small
   */
  receive(into: Uint8Array, timeoutMs: number): Uint8Array | undefined;
  /** Starts a thread that reads, and delivers batches until it is stopped or the socket is closed. @throws NativeError; `EBUSY` while one runs */
  read(options: DatagramReaderOptions): DatagramReader;
  /** Datagrams that the kernel could not deliver so far, since the buffer was full. Exact (SO_MEMINFO, Linux 4.12). */
  readonly dropped: number;
  /** Datagrams of other processes, which were dropped. */
  readonly strangers: number;
  /** Idempotent. */
  close(): void;
}

/**
 * Opens a netlink socket.
 *
 * @throws NativeError with the errno's name in `code`: `EPERM` where a capability is missing, `EPROTONOSUPPORT` where the kernel has no such
 * protocol; `NATIVE_UNAVAILABLE` where there is no binary for this machine
 */
export function openNetlinkSocket(options: NetlinkSocketOptions): NetlinkSocket {
  const { protocol, groups = [], netns = -1, receiveBufferBytes = 0, filter } = options;
  const { NetlinkSocket: Socket } = loadAddon();
  const socket = callAddon(() => new Socket(NETLINK_PROTOCOLS[protocol], netns));
  try {
    callAddon(() => {
      if (receiveBufferBytes > 0) socket.setReceiveBuffer(receiveBufferBytes);
      if (filter) socket.attachFilter(encodeFilter(filter));
      for (const group of groups) socket.join(group);
    });
    return wrap(socket);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function wrap(socket: AddonNetlinkSocket): NetlinkSocket {
  const close = (): void => socket.close();
  return {
    portId: callAddon(() => socket.portId()),
    receiveBufferBytes: callAddon(() => socket.receiveBuffer()),
    send: (message) => callAddon(() => socket.send(message)),
    receive(into, timeoutMs) {
      const length = callAddon(() => socket.receive(into, timeoutMs));
      return length === 0 ? undefined : into.subarray(0, length);
    },
    read: (options) => callAddon(() => createDatagramReader(socket, options)),
    get dropped() {
      return callAddon(() => socket.dropped());
    },
    get strangers() {
      return socket.strangers();
    },
    close,
    [Symbol.dispose]: close,
  };
}
