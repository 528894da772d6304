import { openNetlinkSocket } from "../netlink/netlink-socket.ts";
import { createAddressTexts } from "./address-text.ts";
import { createDiagExchange } from "./diag-exchange.ts";
import { type DiagState, stateMask } from "./diag-states.ts";
import { decodeInetMessage, decodeInfoAttribute, type InetDiagRow, withListenerUids } from "./inet-message.ts";
import { type InetDiagKind, type InetDiagProtocol, kindOf } from "./inet-protocols.ts";
import { encodeInetDump, encodeInetQuery, type InetDiagTuple } from "./inet-request.ts";
import { decodeNetlinkDiag, encodeNetlinkDump, type NetlinkDiagRow } from "./netlink-diag.ts";
import { decodePacketMessage, encodePacketDump, type PacketDiagRow } from "./packet-diag.ts";
import { encodePortFilter } from "./port-filter.ts";
import { decodeUnixMessage, encodeUnixDump, type UnixDiagRow } from "./unix-diag.ts";

/** How the tables are opened. */
export interface SockDiagOptions {
  /** An open descriptor of a network namespace (`/proc/<pid>/ns/net`), which takes CAP_SYS_ADMIN. @default this process's own */
  readonly netns?: number;
  /** Milliseconds within which the kernel has to give a whole answer. @default 5000 */
  readonly timeoutMs?: number;
}

/** Which sockets of a table are wanted. */
export interface InetDumpOptions {
  /** Only those of these local ports; empty is none. @default all */
  readonly srcPorts?: ReadonlySet<number>;
  /** Only those in these states. @default all that `/proc/net` lists */
  readonly states?: readonly DiagState[];
  /** Ask for `tcpInfo`. @default false */
  readonly tcpInfo?: boolean;
}

/**
 * The socket tables of one network namespace, from the kernel by sock_diag(7): no text is written and parsed. Takes no privilege. All calls
 * block, and throw NativeError: `ENOENT` where this kernel has no such table (its module `*_diag` is missing), `ETIMEDOUT`, `EINTR` where the table
 * changed again and again while it was dumped, `EBADF` once it is closed. Close it: it keeps a descriptor, and the namespace.
 */
export interface SockDiag extends Disposable {
  /** The sockets of one protocol. */
  dumpInet(protocol: InetDiagProtocol, options?: InetDumpOptions): InetDiagRow[];
  /**
   * The socket to which the kernel would give a packet of this connection, without a table: look whether it is the connection's, or a listener. One
   * that is bound to a device is not found. Of several UDP sockets with the same two ends it is one.
   */
  findInet(tuple: InetDiagTuple, options?: Pick<InetDumpOptions, "tcpInfo">): InetDiagRow | undefined;
  dumpUnix(): UnixDiagRow[];
  dumpPacket(): PacketDiagRow[];
  dumpNetlink(): NetlinkDiagRow[];
  /** False once an answer broke off: close it and open another. */
  readonly usable: boolean;
  /** Idempotent. */
  close(): void;
}

/** Opens the tables. @throws NativeError as `openNetlinkSocket` does */
export function openSockDiag(options?: SockDiagOptions): SockDiag {
  const { netns, timeoutMs = 5000 } = options ?? {};
  const socket = openNetlinkSocket({ protocol: "sock-diag", ...(netns === undefined ? {} : { netns }) });
  const exchange = createDiagExchange(socket, timeoutMs);

  /** Decodes messages of one answer. */
  function inetDecoder(kind: InetDiagKind, tcpInfo: boolean): (message: Buffer) => InetDiagRow | undefined {
    const texts = createAddressTexts();
    return (message) => {
      const row = decodeInetMessage(message, kind, texts);
      const info = tcpInfo && row ? decodeInfoAttribute(message) : undefined;
      return row && info ? { ...row, tcpInfo: info } : row;
    };
  }

  return {
    get usable() {
      return exchange.usable;
    },
    dumpInet(protocol, { srcPorts, states, tcpInfo = false } = {}) {
      if (srcPorts?.size === 0) return [];
      const filter = srcPorts ? encodePortFilter(srcPorts) : new Uint8Array(0);
      const request = encodeInetDump({ protocol, states: stateMask(states), filter, tcpInfo });
      const rows = withListenerUids(exchange.dump(request, inetDecoder(kindOf(protocol), tcpInfo)));
      return srcPorts && filter.length === 0 ? rows.filter((row) => srcPorts.has(row.srcPort)) : rows;
    },
    findInet(tuple, { tcpInfo = false } = {}) {
      return exchange.query(encodeInetQuery(tuple, tcpInfo), inetDecoder(kindOf(tuple.protocol), tcpInfo));
    },
    dumpUnix: () => exchange.dump(encodeUnixDump(), decodeUnixMessage),
    dumpPacket: () => exchange.dump(encodePacketDump(), decodePacketMessage),
    dumpNetlink() {
      // The kernel names those twice that have joined groups.
      const byCookie = new Map(exchange.dump(encodeNetlinkDump(), decodeNetlinkDiag).map((row) => [row.cookie, row]));
      return [...byCookie.values()];
    },
    close: () => socket.close(),
    [Symbol.dispose]: () => socket.close(),
  };
}
