// Any value of core's types, for fast-check: every optional field there or not, hostile text, numbers at their limits.
import {
  type ConnectionTuple,
  decodeBytes,
  EVENT_TYPES,
  KERNEL_CONNECTION,
  type MonitorEvent,
  type Ownership,
  PROTOCOLS,
  type Process,
  type SocketEntry,
  type SocketOwner,
} from "@procmon/core";
import fc, { type Arbitrary } from "fast-check";

/** Objects as ours are. fast-check makes such without a prototype, too. */
const record = ((model: never, constraints: object) =>
  fc.record(model, { ...constraints, noNullPrototype: true } as never)) as typeof fc.record;

/** Bytes that are nearly UTF-8, and characters that our escape uses itself, as core has them. */
export const anyText: Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(text)),
      fc.string({ unit: "binary", maxLength: 40 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 0x10fe70, max: 0x10ff0f }).map((code) => Buffer.from(String.fromCodePoint(code))),
      fc.constantFrom(Buffer.from("/usr/bin/curl"), Buffer.from("\n\u001b[31m\0"), Buffer.alloc(300, "a")),
    ),
    { maxLength: 3 },
  )
  .map((pieces) => decodeBytes(Buffer.concat(pieces)));

/** 0 to 2^32 - 1. */
export const anyUint32: Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 1, 127, 128, 16_383, 16_384, 65_535, 2 ** 28 - 1, 2 ** 28, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
);
const port = fc.integer({ min: 0, max: 65_535 });

/** 0 to 2^53 - 1, and numbers beyond that are exact. */
export const anyUint64Number: Arbitrary<number> = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 28, 2 ** 32, 2 ** 35 - 1, Number.MAX_SAFE_INTEGER, 2 ** 60, 2 ** 64 - 2048),
);

/** 0 to 2^64 - 1. */
export const anyUint64: Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 127n, 128n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
);

/** -2^63 to 2^63 - 1. */
export const anyInt64: Arbitrary<bigint> = anyUint64.map((value) => BigInt.asIntN(64, value));

/** Without a prototype, as core's environments. */
export const anyTextMap: Arbitrary<Record<string, string>> = fc
  .array(fc.tuple(fc.oneof(anyText, fc.constantFrom("__proto__", "constructor", "7", "")), anyText), { maxLength: 5 })
  .map((entries) => {
    const map: Record<string, string> = Object.create(null);
    for (const [key, value] of entries) map[key] = value;
    return map;
  });

const texts = fc.array(anyText, { maxLength: 5 });
const credentials = record({ real: anyUint32, effective: anyUint32, saved: anyUint32 });
const ancestor = record(
  { pid: anyUint32, path: anyText, startTime: anyUint64, comm: anyText },
  { requiredKeys: ["pid"] },
);
const fileIdentity = record(
  { device: anyUint64Number, inode: anyUint64, size: anyUint64, mtime: anyInt64, ctime: anyInt64 },
  { requiredKeys: ["device", "inode"] },
);
const container = record(
  {
    id: anyText,
    runtime: fc.constantFrom("docker", "podman", "containerd", "cri-o", "lxc", "systemd-nspawn"),
  },
  { requiredKeys: ["id"] },
);

/** A value for each field; a new one of core has to be here. */
const processFields: { readonly [Key in keyof Process]-?: Arbitrary<NonNullable<Process[Key]>> } = {
  pid: anyUint32,
  startTime: anyUint64,
  ppid: anyUint32,
  uid: anyUint32,
  gid: anyUint32,
  uids: credentials,
  gids: credentials,
  user: anyText,
  comm: anyText,
  path: anyText,
  realPath: anyText,
  root: anyText,
  args: texts,
  argsTotal: anyUint64Number,
  argsTruncated: fc.boolean(),
  cwd: anyText,
  env: anyTextMap,
  tree: fc.array(ancestor, { maxLength: 4 }),
  executable: fileIdentity,
  checksums: anyTextMap,
  checksumStatus: fc.constantFrom("ok", "pending", "gone", "denied", "too_large", "timeout", "changed", "failed"),
  exeKind: fc.constantFrom("file", "memfd", "deleted", "script"),
  script: record({ path: anyText, interpreter: anyText }),
  appImage: anyText,
  cgroup: anyText,
  container,
  systemdUnit: anyText,
  nsPid: anyUint32,
  netns: anyUint64Number,
  kernelThread: fc.boolean(),
  state: anyText,
  denied: fc.subarray(["path", "cwd", "env", "executable"] as const),
};

/** A process, with or without each field that may be absent. */
export const anyProcess: Arbitrary<Process> = record(processFields, {
  requiredKeys: ["pid", "startTime", "ppid", "comm"],
}) as Arbitrary<Process>;

/** A process with every field. */
export const wholeProcess: Arbitrary<Process> = record(processFields) as Arbitrary<Process>;

export const anyConnection: Arbitrary<ConnectionTuple> = record(
  {
    protocol: fc.constantFrom(...PROTOCOLS),
    srcIp: fc.oneof(fc.ipV4(), fc.ipV6(), anyText),
    srcPort: port,
    dstIp: fc.oneof(fc.ipV4(), fc.ipV6(), anyText),
    dstPort: port,
    netns: anyUint64Number,
  },
  { requiredKeys: ["protocol", "srcIp", "srcPort", "dstIp", "dstPort"] },
);

const socketOwner: Arbitrary<SocketOwner> = record(
  { pid: anyUint32, startTime: anyUint64, comm: anyText, path: anyText, fd: anyUint32, tid: anyUint32 },
  { requiredKeys: ["pid", "startTime"] },
);
const owners = fc.array(socketOwner, { minLength: 1, maxLength: 3 }) as Arbitrary<[SocketOwner, ...SocketOwner[]]>;

export const anyOwnership: Arbitrary<Ownership> = fc.oneof(
  record({
    kind: fc.constant("process" as const),
    confidence: fc.constantFrom("exact" as const, "derived" as const),
    via: anyText,
    owners,
  }),
  record({ kind: fc.constant("kernel" as const), path: fc.constant(KERNEL_CONNECTION), via: anyText }),
  record(
    {
      kind: fc.constant("none" as const),
      reason: fc.constantFrom("not-found", "time-wait", "orphaned", "unheld", "ambiguous"),
      lastOwner: socketOwner,
      candidates: owners,
    },
    { requiredKeys: ["kind", "reason"] },
  ),
  record(
    { kind: fc.constant("hidden" as const), uid: anyUint32, requires: anyText },
    { requiredKeys: ["kind", "requires"] },
  ),
) as Arbitrary<Ownership>;

const socketFields = {
  state: fc.constantFrom(
    ...(["established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait", "close"] as const),
    ...(["close-wait", "last-ack", "listen", "closing", "unconnected"] as const),
  ),
  inode: anyUint64Number,
  uid: anyUint32,
  netns: anyUint64Number,
  receiveQueue: anyUint64Number,
  sendQueue: anyUint64Number,
  ownership: anyOwnership,
};
const SOCKET_KEYS = ["state", "inode", "ownership", "family"] as const;

export const anySocket: Arbitrary<SocketEntry> = fc.oneof(
  record(
    { ...socketFields, family: fc.constant("inet" as const), connection: anyConnection },
    { requiredKeys: [...SOCKET_KEYS, "connection"] },
  ),
  record(
    {
      ...socketFields,
      family: fc.constant("unix" as const),
      type: fc.constantFrom("stream" as const, "dgram" as const, "seqpacket" as const),
      path: anyText,
      peerInode: anyUint64Number,
    },
    { requiredKeys: [...SOCKET_KEYS, "type"] },
  ),
  record(
    {
      ...socketFields,
      family: fc.constant("packet" as const),
      type: fc.constantFrom("raw" as const, "dgram" as const, "packet" as const),
      etherType: anyUint32,
      interfaceIndex: anyUint32,
    },
    { requiredKeys: [...SOCKET_KEYS, "type", "etherType", "interfaceIndex"] },
  ),
) as Arbitrary<SocketEntry>;

const origin = { time: anyUint64, method: anyText };
const connectionFields = { ...origin, connection: anyConnection, ownership: anyOwnership, process: anyProcess };
const processEvent = { ...origin, process: anyProcess };

/** The fields of an event of each type beside `type`; a new type of core has to be here. */
const eventFields: { readonly [Type in MonitorEvent["type"]]: Readonly<Record<string, Arbitrary<unknown>>> } = {
  exec: processEvent,
  fork: processEvent,
  exit: { ...processEvent, exitCode: anyUint32, signal: anyUint32 },
  connect: { ...connectionFields, error: anyText },
  accept: connectionFields,
  listen: connectionFields,
  close: { ...connectionFields, duration: anyUint64, bytesSent: anyUint64, bytesReceived: anyUint64 },
  flow: connectionFields,
  checksum: processEvent,
  "checksum-change": { ...processEvent, path: anyText, previous: anyTextMap },
  lost: {
    ...origin,
    source: anyText,
    cause: anyText,
    eventType: fc.constantFrom(...EVENT_TYPES),
    count: anyUint64Number,
  },
  method: {
    ...origin,
    change: fc.constantFrom("start", "fallback", "switch", "restart", "failure", "stop"),
    from: anyText,
    reason: anyText,
  },
};
const OPTIONAL: ReadonlySet<string> = new Set(
  "exitCode signal error duration bytesSent bytesReceived eventType from reason".split(" "),
);

/** An event of one type. */
export function anyEventOf(type: MonitorEvent["type"]): Arbitrary<MonitorEvent> {
  const fields = eventFields[type];
  const isOptional = (key: string) => OPTIONAL.has(key) || (key === "process" && "connection" in fields);
  return record(
    { type: fc.constant(type), ...fields },
    { requiredKeys: ["type", ...Object.keys(fields).filter((key) => !isOptional(key))] as "type"[] },
  ) as unknown as Arbitrary<MonitorEvent>;
}

export const anyEvent: Arbitrary<MonitorEvent> = fc.oneof(...EVENT_TYPES.map(anyEventOf));
