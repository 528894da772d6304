import { fromBinary } from "@bufbuild/protobuf";
import { type Process, ProcmonError } from "@procmon/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProcessSchema, StringIntSchema } from "../generated/opensnitch/ui_pb.js";
import { decodeOpenSnitchProcess } from "./decode-process.ts";
import { encodeOpenSnitchProcess } from "./encode-process.ts";
import { anyProcess, SHELL, shown, shownMap, writtenAgain } from "./samples.test-kit.ts";
import { decodeOpenSnitchStringInt, encodeOpenSnitchStringInt } from "./string-int.ts";

const BYTE_COUNT = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("OpenSnitch's Process", () => {
  it("has what OpenSnitch's daemon puts into it", () => {
    const extras = { env: true, io: { reads: 10, writes: 11n }, net: { received: 12n, sent: 13 } };
    const message = fromBinary(ProcessSchema, encodeOpenSnitchProcess(SHELL, extras));
    expect(message).toMatchObject({
      pid: 4711n,
      ppid: 17n,
      uid: 1000n,
      comm: "bash",
      path: "/usr/bin/bash",
      args: ["bash", "-c", "", "sleep 1"],
      env: { HOME: "/home/user", EMPTY: "" },
      cwd: "/home/user",
      checksums: { "process.hash.md5": "0123", "process.hash.sha256": "4567" },
      ioReads: 10n,
      ioWrites: 11n,
      netReads: 12n,
      netWrites: 13n,
      processTree: [
        { key: "/usr/bin/bash", value: 4711 },
        { key: "", value: 17 },
        { key: "/sbin/init", value: 1 },
      ],
    });
    expect(message.$unknown).toBeUndefined();
  });

  it("leaves the environment out unless asked for it", () => {
    for (const extras of [undefined, {}, { env: false }]) {
      const bytes = encodeOpenSnitchProcess(SHELL, extras);
      expect(decodeOpenSnitchProcess(bytes).env).toEqual({});
      expect(bytes.includes("/home/user")).toBe(true);
      expect(bytes.includes("HOME")).toBe(false);
    }
  });

  it("leaves empty what is unknown", () => {
    const bytes = encodeOpenSnitchProcess({ pid: 1, startTime: 0n, ppid: 0, comm: "" }, { env: true });
    expect([...bytes]).toEqual([8, 1, 24, 255, 255, 255, 255, 15]);
    expect(decodeOpenSnitchProcess(bytes)).toEqual({
      pid: 1,
      ppid: 0,
      uid: 0xffff_ffff,
      comm: "",
      path: "",
      args: [],
      env: {},
      cwd: "",
      checksums: {},
      ioReads: 0,
      ioWrites: 0,
      netReads: 0,
      netWrites: 0,
      processTree: [],
    });
  });

  it("calls a thread of the kernel as OpenSnitch's daemon does", () => {
    const thread: Process = { pid: 2, startTime: 0n, ppid: 0, comm: "kthreadd", kernelThread: true };
    expect(decodeOpenSnitchProcess(encodeOpenSnitchProcess(thread))).toMatchObject({ path: "Kernel connection" });
  });

  it("shows a byte that is not UTF-8 as U+FFFD", () => {
    const bytes = encodeOpenSnitchProcess({ ...SHELL, comm: "a\udcffb\udc80\udc81", args: ["ä\udcfe".repeat(80)] });
    const { comm, args } = fromBinary(ProcessSchema, bytes);
    expect(comm).toBe("a\ufffdb\ufffd\ufffd");
    expect(args).toEqual(["ä\ufffd".repeat(80)]);
  });

  it("keeps names apart from the prototype", () => {
    const env = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c"}');
    const decoded = decodeOpenSnitchProcess(encodeOpenSnitchProcess({ ...SHELL, env }, { env: true }));
    expect(Object.entries(decoded.env)).toEqual(Object.entries(env));
    expect(Object.getPrototypeOf(decoded.env)).toBeNull();
  });

  it("holds byte counts of 64 bits, and no others", () => {
    const counts = (value: number | bigint) => {
      const extras = { io: { reads: value, writes: 0 }, net: { received: 0, sent: value } };
      const { ioReads, netWrites } = fromBinary(ProcessSchema, encodeOpenSnitchProcess(SHELL, extras));
      expect(netWrites).toBe(ioReads);
      return ioReads;
    };
    for (const value of [0n, 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) expect(counts(value)).toBe(value);
    expect(counts(2 ** 60)).toBe(2n ** 60n);
    expect(counts(1.9)).toBe(1n);
    for (const value of [-1, -1n, Number.NaN, 0.5]) expect(counts(value)).toBe(0n);
    for (const value of [2n ** 64n, 2 ** 64, 1e300, Number.POSITIVE_INFINITY])
      expect(counts(value)).toBe(2n ** 64n - 1n);
  });

  it("is byte for byte what @bufbuild/protobuf writes, and comes back", () => {
    fc.assert(
      fc.property(anyProcess, BYTE_COUNT, fc.boolean(), (process, count, env) => {
        const extras = { env, io: { reads: count, writes: count }, net: { received: count, sent: count } };
        const bytes = encodeOpenSnitchProcess(process, extras);
        expect(bytes.equals(writtenAgain(ProcessSchema, bytes))).toBe(true);

        const decoded = decodeOpenSnitchProcess(bytes);
        expect(decoded.pid).toBe(process.pid);
        expect(decoded.uid).toBe(process.uid ?? 0xffff_ffff);
        expect(decoded.comm).toBe(shown(process.comm));
        expect(decoded.path).toBe(process.kernelThread ? "Kernel connection" : shown(process.path ?? ""));
        expect(decoded.args).toEqual((process.args ?? []).map(shown));
        expect(decoded.cwd).toBe(shown(process.cwd ?? ""));
        expect(shownMap(decoded.env)).toEqual(shownMap(env ? process.env : undefined));
        expect(shownMap(decoded.checksums)).toEqual(shownMap(process.checksums));
        expect(decoded.ioReads).toBe(Number(count));
        expect(decoded.processTree).toEqual(
          (process.tree ?? []).map(({ path, pid }) => ({ key: shown(path ?? ""), value: pid })),
        );

        // As the other reader has it.
        const {
          $typeName: _,
          pid,
          ppid,
          uid,
          ioReads,
          ioWrites,
          netReads,
          netWrites,
          processTree,
          ...texts
        } = fromBinary(ProcessSchema, bytes);
        expect(decoded).toMatchObject(texts);
        expect(decoded.netWrites).toBe(Number(netWrites));
      }),
    );
  });

  it("does not spoil the next message where a value cannot be written", () => {
    const broken = { ...SHELL, args: ["fine", 7] } as unknown as Process;
    expect(() => encodeOpenSnitchProcess(broken)).toThrow(ProcmonError);
    const bytes = encodeOpenSnitchProcess({ pid: 1, startTime: 0n, ppid: 0, comm: "" });
    expect([...bytes]).toEqual([8, 1, 24, 255, 255, 255, 255, 15]);
  });
});

describe("OpenSnitch's StringInt", () => {
  it("has the path and the pid", () => {
    const bytes = encodeOpenSnitchStringInt({ pid: 4_194_304, path: "/sbin/init" });
    expect(fromBinary(StringIntSchema, bytes)).toMatchObject({ key: "/sbin/init", value: 4_194_304 });
    expect(decodeOpenSnitchStringInt(bytes)).toEqual({ key: "/sbin/init", value: 4_194_304 });
    expect(encodeOpenSnitchStringInt({ pid: 0 })).toHaveLength(0);
  });

  it("takes the lowest 32 bits of a number that is too large", () => {
    expect(decodeOpenSnitchStringInt(Uint8Array.of(0x10, 0x83, 0x80, 0x80, 0x80, 0x10)).value).toBe(3);
  });
});
