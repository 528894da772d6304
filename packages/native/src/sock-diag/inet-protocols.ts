/** The tables of sock_diag(7), by the names that they have in `/proc/net`. There is none for ICMP ("ping") sockets. */
export type InetDiagProtocol = "tcp" | "tcp6" | "udp" | "udp6" | "udplite" | "udplite6" | "raw" | "raw6";

export const AF_INET = 2;
export const AF_INET6 = 10;

/** IPPROTO_* of `include/uapi/linux/in.h`. */
const NUMBERS = { tcp: 6, udp: 17, udplite: 136, raw: 255 } as const;

/** A protocol without its family. */
export type InetDiagKind = keyof typeof NUMBERS;

export function kindOf(protocol: InetDiagProtocol): InetDiagKind {
  return (protocol.endsWith("6") ? protocol.slice(0, -1) : protocol) as InetDiagKind;
}

export function protocolNumber(protocol: InetDiagProtocol): number {
  return NUMBERS[kindOf(protocol)];
}

export function familyOf(protocol: InetDiagProtocol): number {
  return protocol.endsWith("6") ? AF_INET6 : AF_INET;
}

/** The table in which `/proc/net` lists a socket: by its own family, also where it speaks IPv4 with an IPv6 socket. */
export function protocolOf(kind: InetDiagKind, family: number): InetDiagProtocol | undefined {
  if (family === AF_INET) return kind;
  return family === AF_INET6 ? `${kind}6` : undefined;
}
