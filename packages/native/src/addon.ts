import type { CaptureFile } from "./netlink/capture-rules.ts";

/** What the binary exports. A failed system call throws an Error whose code is the errno and whose message is the call's name: see `callAddon`. */
export interface Addon {
  readonly NetlinkSocket: new (protocol: number, netns: number) => AddonNetlinkSocket;
  readClocks(): [monotonic: bigint, boottime: bigint, realtime: bigint];
  scanSockets(procfsRoot: string, pids: Uint32Array, threads: number): ArrayBuffer;
  readTracepointId(group: string, name: string): number;
  measureVerity(descriptor: number): [algorithm: number, digest: Buffer] | undefined;
  /** These are missing where the addon was built without libbpf. Their errors have what libbpf said in `said`. */
  readonly BpfObject?: new (
    object: Uint8Array,
  ) => AddonBpfObject;
  readonly BpfMap?: new (object: AddonBpfObject, name: string) => AddonBpfMap;
  readonly BpfRing?: new (
    object: AddonBpfObject,
    map: string,
    config: { readonly intervalMs: number; readonly batchBytes: number },
    deliver: (batch: Buffer | undefined, errno: number | undefined, length: number | undefined) => void,
  ) => AddonBpfRing;
}

/** One BPF object: see `addon/bpf/bpf_object.cc`. */
export interface AddonBpfObject {
  /** Name and section, in turns. */
  programs(): string[];
  setAutoload(program: string, load: boolean): void;
  resizeMap(map: string, maxEntries: number): void;
  setConstant(name: string, value: bigint): void;
  load(): void;
  /** Descriptor and id are -1 where there is none. */
  attach(program: string, cgroup: number, tracepoint: number): void;
  detach(program: string): void;
  missedRuns(program: string): number;
  /** Gives the bytes, or an errno. */
  readIterator(program: string, map: string | undefined, done: (result: Buffer | number) => void): void;
  /** Name, offset and size of the structure itself, and then of each of its fields. */
  structLayout(name: string): (string | number)[] | undefined;
  close(): void;
}

/** One map: see `addon/bpf/bpf_map.cc`. */
export interface AddonBpfMap {
  sizes(): number[];
  lookup(key: Uint8Array, into: Uint8Array): boolean;
  update(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): boolean;
  close(): void;
}

/** The reader of one ring: see `addon/bpf/bpf_ring.cc`. */
export interface AddonBpfRing {
  nudge(): void;
  stats(): number[];
  ref(): void;
  unref(): void;
  stop(): void;
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
      readonly captures: readonly AddonCaptureRule[];
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

/** A rule of either kind: see `addon/capture_config.cc`. */
export interface AddonCaptureRule {
  readonly offset: number;
  readonly value: number;
  readonly files: readonly CaptureFile[];
  readonly isText: boolean;
  /** Only where it is no text. */
  readonly pidOffset: number;
  /** Empty where any will do. */
  readonly contains: string;
  readonly pidAfter: string;
  readonly socketAfter: string;
  /** 0 where no socket is wanted. */
  readonly socketRadix: number;
}
