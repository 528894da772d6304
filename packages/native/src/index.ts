export type { BpfMap } from "./bpf/bpf-map.ts";
export { type BpfObject, type BpfProgramInfo, type BpfTarget, openBpfObject } from "./bpf/bpf-object.ts";
export type { BpfRingOptions, BpfRingReader, BpfRingStats } from "./bpf/bpf-ring.ts";
export { forEachRecord } from "./bpf/ring-batch.ts";
export type { StructLayout } from "./bpf/struct-layout.ts";
export { readTracepointId } from "./bpf/tracepoint.ts";
export { type Clocks, readClocks } from "./clocks.ts";
export { measureVerity, type VerityDigest } from "./files/measure-verity.ts";
export { type NativeSupport, nativeSupport } from "./load-addon.ts";
export { NativeError } from "./native-error.ts";
export type { CaptureFile, CaptureRule, SocketPlace, TextCaptureRule } from "./netlink/capture-rules.ts";
export { type CapturedFile, parseCapturedFile } from "./netlink/captured-file.ts";
export { type CapturedEnd, type CapturedSocket, parseCapturedSocket } from "./netlink/captured-socket.ts";
export { type Capture, type Datagram, type DatagramVisitor, forEachDatagram } from "./netlink/datagram-batch.ts";
export type {
  DatagramReader,
  DatagramReaderOptions,
  DatagramReaderStats,
  Urgency,
} from "./netlink/datagram-reader.ts";
export * from "./netlink/netlink-message.ts";
export {
  type NetlinkProtocol,
  type NetlinkSocket,
  type NetlinkSocketOptions,
  openNetlinkSocket,
} from "./netlink/netlink-socket.ts";
export type { FilterInstruction } from "./netlink/socket-filter.ts";
export { type ScannedProcess, scanSockets } from "./procfs/scan-sockets.ts";
export { type DiagState, stateName } from "./sock-diag/diag-states.ts";
export type { InetDiagRow } from "./sock-diag/inet-message.ts";
export type { InetDiagProtocol } from "./sock-diag/inet-protocols.ts";
export type { InetDiagTuple } from "./sock-diag/inet-request.ts";
export {
  createKernelTables,
  type KernelTables,
  type ReachableNamespaces,
  type TableCounters,
} from "./sock-diag/namespace-tables.ts";
export type { NetlinkDiagRow } from "./sock-diag/netlink-diag.ts";
export type { PacketDiagRow } from "./sock-diag/packet-diag.ts";
export { type InetDumpOptions, openSockDiag, type SockDiag, type SockDiagOptions } from "./sock-diag/sock-diag.ts";
export type { TcpInfo } from "./sock-diag/tcp-info.ts";
export type { UnixDiagRow } from "./sock-diag/unix-diag.ts";
