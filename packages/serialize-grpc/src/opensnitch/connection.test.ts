import { fromBinary } from "@bufbuild/protobuf";
import type { ConnectionTuple, Ownership } from "@procmon/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionSchema } from "../generated/opensnitch/ui_pb.js";
import { openSnitchEnds } from "./connection-words.ts";
import { decodeOpenSnitchConnection } from "./decode-connection.ts";
import { encodeOpenSnitchConnection, type OwnedConnection } from "./encode-connection.ts";
import {
  anyConnection,
  anyOwnership,
  anyProcess,
  anyText,
  SHELL,
  shown,
  shownMap,
  writtenAgain,
} from "./samples.test-kit.ts";

const HTTPS: ConnectionTuple = { protocol: "tcp", srcIp: "10.0.0.2", srcPort: 40000, dstIp: "192.0.2.7", dstPort: 443 };
const OWNER = { pid: 4711, startTime: 123_456n, comm: "bash", path: "/usr/bin/bash" } as const;
const OWNED: Ownership = { kind: "process", confidence: "exact", via: "ebpf", owners: [OWNER] };
/** 0 would be root. */
const NOBODY_KNOWN = 0xffff_ffff;
const NOTHING = { userId: NOBODY_KNOWN, processId: 0, processPath: "", processArgs: [], processTree: [] };

function decoded(event: OwnedConnection) {
  return decodeOpenSnitchConnection(encodeOpenSnitchConnection(event));
}

describe("OpenSnitch's Connection", () => {
  it("has what OpenSnitch's daemon puts into it", () => {
    const event: OwnedConnection = { connection: HTTPS, ownership: OWNED, process: SHELL };
    const bytes = encodeOpenSnitchConnection(event, { env: true, host: "example.org" });
    const message = fromBinary(ConnectionSchema, bytes);
    expect(message).toMatchObject({
      protocol: "tcp",
      srcIp: "10.0.0.2",
      srcPort: 40000,
      dstIp: "192.0.2.7",
      dstHost: "example.org",
      dstPort: 443,
      userId: 1000,
      processId: 4711,
      processPath: "/usr/bin/bash",
      processCwd: "/home/user",
      processArgs: ["bash", "-c", "", "sleep 1"],
      processEnv: { HOME: "/home/user", EMPTY: "" },
      processChecksums: { "process.hash.md5": "0123", "process.hash.sha256": "4567" },
      processTree: [
        { key: "/usr/bin/bash", value: 4711 },
        { key: "", value: 17 },
        { key: "/sbin/init", value: 1 },
      ],
    });
    expect(message.$unknown).toBeUndefined();
  });

  it("leaves the environment out unless asked for it", () => {
    const bytes = encodeOpenSnitchConnection({ connection: HTTPS, ownership: OWNED, process: SHELL });
    expect(bytes.includes("HOME")).toBe(false);
    expect(decodeOpenSnitchConnection(bytes).processEnv).toEqual({});
  });

  it("tells what is known of an owner whose process is not", () => {
    expect(decoded({ connection: HTTPS, ownership: OWNED })).toMatchObject({
      userId: NOBODY_KNOWN,
      processId: 4711,
      processPath: "/usr/bin/bash",
      processArgs: [],
    });
  });

  it("names no process where none is known for certain", () => {
    const lastOwner = OWNER;
    const none: Ownership = { kind: "none", reason: "time-wait", lastOwner };
    expect(decoded({ connection: HTTPS, ownership: none })).toMatchObject(NOTHING);
    const ambiguous: Ownership = { kind: "none", reason: "ambiguous", candidates: [OWNER] };
    expect(decoded({ connection: HTTPS, ownership: ambiguous })).toMatchObject(NOTHING);
    const hidden: Ownership = { kind: "hidden", uid: 1001, requires: "CAP_SYS_PTRACE" };
    expect(decoded({ connection: HTTPS, ownership: hidden })).toMatchObject({ ...NOTHING, userId: 1001 });
  });

  it("names the kernel as OpenSnitch's daemon does", () => {
    const kernel: Ownership = { kind: "kernel", path: "Kernel connection", via: "scan" };
    const found = decoded({ connection: HTTPS, ownership: kernel });
    expect(found).toMatchObject({ ...NOTHING, userId: 0, processPath: "Kernel connection" });
  });

  it("calls IPv4 what a socket of IPv6 carries over IPv4", () => {
    const ends = (srcIp: string, dstIp: string, protocol: ConnectionTuple["protocol"] = "tcp6") =>
      openSnitchEnds({ ...HTTPS, protocol, srcIp, dstIp });
    const v4 = { protocol: "tcp", srcIp: "127.0.0.1", dstIp: "192.0.2.7" };
    expect(ends("::ffff:127.0.0.1", "::ffff:192.0.2.7")).toEqual(v4);
    expect(ends("::FFFF:7f00:1", "0:0:0:0:0:ffff:192.0.2.7")).toEqual(v4);
    expect(ends("::ffff:127.0.0.1", "::ffff:192.0.2.7", "udplite6").protocol).toBe("udplite");
    expect(ends("::1", "2001:db8::7")).toEqual({ protocol: "tcp6", srcIp: "::1", dstIp: "2001:db8::7" });
    expect(ends("::", "::", "udp6")).toEqual({ protocol: "udp6", srcIp: "::", dstIp: "::" });
    expect(ends("10.0.0.1", "10.0.0.2", "tcp")).toEqual({ protocol: "tcp", srcIp: "10.0.0.1", dstIp: "10.0.0.2" });
  });

  it("is byte for byte what @bufbuild/protobuf writes, and comes back", () => {
    const process = fc.option(anyProcess, { nil: undefined });
    fc.assert(
      fc.property(
        anyConnection,
        anyOwnership,
        process,
        fc.boolean(),
        anyText,
        (connection, ownership, known, env, host) => {
          const event = { connection, ownership, ...(known && { process: known }) };
          const bytes = encodeOpenSnitchConnection(event, { env, host });
          expect(bytes.equals(writtenAgain(ConnectionSchema, bytes))).toBe(true);

          const found = decodeOpenSnitchConnection(bytes);
          expect(found).toMatchObject(openSnitchEnds(connection));
          expect(found).toMatchObject({
            srcPort: connection.srcPort,
            dstPort: connection.dstPort,
            dstHost: shown(host),
          });
          if (known) {
            expect(found.processId).toBe(known.pid);
            expect(found.processArgs).toEqual((known.args ?? []).map(shown));
            expect(shownMap(found.processEnv)).toEqual(shownMap(env ? known.env : undefined));
            expect(shownMap(found.processChecksums)).toEqual(shownMap(known.checksums));
          }

          // As the other reader has it.
          const { $typeName: _, processTree, ...rest } = fromBinary(ConnectionSchema, bytes);
          expect(found).toMatchObject(rest);
          expect(found.processTree).toEqual(processTree.map(({ key, value }) => ({ key, value })));
        },
      ),
    );
  });
});
