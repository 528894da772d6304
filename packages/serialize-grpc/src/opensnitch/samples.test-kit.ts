import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ConnectionTuple, decodeBytes, type Ownership, PROTOCOLS, type Process } from "@procmon/core";
import fc from "fast-check";

/** The message as @bufbuild/protobuf writes it after it has read it. */
export function writtenAgain(schema: DescMessage, bytes: Uint8Array): Buffer {
  return Buffer.from(toBinary(schema, fromBinary(schema, bytes)));
}

/**
 * What a name of Linux can be: any bytes, as core keeps them. Long ones too, as the writer takes another way for these.
 */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.uint8Array({ maxLength: 30 }).map((bytes) => decodeBytes(bytes)),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ minLength: 100, maxLength: 400 }),
);

/** Names that differ still where what is not UTF-8 has become U+FFFD. */
export const anyMap: fc.Arbitrary<Record<string, string>> = fc
  .uniqueArray(fc.tuple(fc.oneof(anyText, fc.constantFrom("__proto__", "constructor", "7", "")), anyText), {
    selector: ([key]) => shown(key),
    maxLength: 12,
  })
  .map((entries) => {
    const map: Record<string, string> = Object.create(null);
    for (const [key, value] of entries) map[key] = value;
    return map;
  });

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const port = fc.integer({ min: 0, max: 65535 });
const ip = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((v4) => `::ffff:${v4}`),
);

/** The fields of a process that OpenSnitch knows. */
export const anyProcess: fc.Arbitrary<Process> = fc.record(
  {
    pid: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    startTime: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ppid: fc.nat(),
    uid: uint32,
    comm: anyText,
    path: anyText,
    args: fc.array(anyText),
    env: anyMap,
    cwd: anyText,
    checksums: anyMap,
    tree: fc.array(fc.record({ pid: uint32, path: anyText }, { requiredKeys: ["pid"] })),
    kernelThread: fc.boolean(),
  },
  { requiredKeys: ["pid", "startTime", "ppid", "comm"] },
);

export const anyConnection: fc.Arbitrary<ConnectionTuple> = fc.record({
  protocol: fc.constantFrom(...PROTOCOLS),
  srcIp: ip,
  srcPort: port,
  dstIp: ip,
  dstPort: port,
});

const anyOwner = fc.record(
  { pid: fc.integer({ min: 1, max: 2 ** 31 - 1 }), startTime: fc.bigInt(), path: anyText },
  { requiredKeys: ["pid", "startTime"] },
);

export const anyOwnership: fc.Arbitrary<Ownership> = fc.oneof(
  anyOwner.map((owner): Ownership => ({ kind: "process", confidence: "exact", via: "scan", owners: [owner] })),
  fc.constant<Ownership>({ kind: "kernel", path: "Kernel connection", via: "scan" }),
  anyOwner.map((lastOwner): Ownership => ({ kind: "none", reason: "time-wait", lastOwner })),
  uint32.map((uid): Ownership => ({ kind: "hidden", uid, requires: "CAP_SYS_PTRACE" })),
);

/** A text as OpenSnitch's readers get it. */
export function shown(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

/** A map as OpenSnitch's readers get it. */
export function shownMap(map: Readonly<Record<string, string>> | undefined): Map<string, string> {
  return new Map(Object.entries(map ?? {}).map(([key, value]) => [shown(key), shown(value)]));
}

/** An ordinary process with all of its fields. */
export const SHELL: Process = {
  pid: 4711,
  startTime: 123_456n,
  ppid: 17,
  uid: 1000,
  comm: "bash",
  path: "/usr/bin/bash",
  args: ["bash", "-c", "", "sleep 1"],
  cwd: "/home/user",
  env: { HOME: "/home/user", EMPTY: "" },
  checksums: { "process.hash.md5": "0123", "process.hash.sha256": "4567" },
  tree: [{ pid: 4711, path: "/usr/bin/bash" }, { pid: 17 }, { pid: 1, path: "/sbin/init" }],
};
