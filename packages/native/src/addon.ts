import type { CaptureRule } from "./netlink/datagram-reader.ts";

/** What the binary exports. A failed system call throws an Error whose code is the errno and whose message is the call's name: see `callAddon`. */
export interface Addon {
  readonly NetlinkSocket: new (protocol: number, netns: number) => AddonNetlinkSocket;
  readClocks(): [monotonic: bigint, boottime: bigint, realtime: bigint];
  scanSockets(procfsRoot: string, pids: Uint32Array, threads: number): ArrayBuffer;
}

/** One netlink socket: see `addon/netlink_socket.cc`. */
export interface AddonNetlinkSocket {
  portId(): number;
  receiveBuffer(): number;
  setReceiveBuffer(bytes: number): void;
  attachFilter(program: Uint8Array): void;
  join(group: number): void;
  send(message: Uint8Array): void;
  receive(into: Uint8Array, timeoutMs: number): number;
  dropped(): number;
  strangers(): number;
  start(
    config: {
      readonly intervalMs: number;
      readonly batchBytes: number;
      readonly urgent: boolean;
      readonly captures: readonly CaptureRule[];
      readonly procfsRoot: string;
    },
    deliver: (batch: Buffer | undefined, errno: number | undefined) => void,
  ): void;
  ref(): void;
  unref(): void;
  readerStats(): number[];
  stop(): void;
  close(): void;
}
