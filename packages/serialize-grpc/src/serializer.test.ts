import {
  createMonitor,
  type ExecEvent,
  type LostEvent,
  type Process,
  ProcmonError,
  type Serializer,
} from "@procmon/core";
import { describe, expect, it } from "vitest";
import { protobufSerializer } from "./serializer.ts";

const PROCESS: Process = {
  pid: 4711,
  startTime: 123_456n,
  ppid: 17,
  comm: "a\udcff",
  path: "/usr/bin/bash",
  args: ["bash", ""],
  env: { SECRET: "hidden" },
};
const EXEC: ExecEvent = { type: "exec", time: 2n ** 60n + 1n, method: "ebpf", process: PROCESS };
const LOST: LostEvent = { type: "lost", time: 5n, method: "proc", source: "subscriber", cause: "full", count: 3 };
const { env: _, ...WITHOUT_ENV } = PROCESS;

describe("protobufSerializer", () => {
  it("is a serializer of core", () => {
    const serializers: Serializer[] = [protobufSerializer(), protobufSerializer({ schema: "opensnitch" })];
    expect(serializers.map(({ name }) => name)).toEqual(["protobuf", "protobuf-opensnitch"]);
    const monitor = createMonitor({ methods: ["proc"] });
    for (const serializer of serializers) expect(() => monitor.use(serializer)).not.toThrow();
  });

  it("gives processes and events of procmon.v1 back as they were", () => {
    const serializer = protobufSerializer({ schema: "procmon.v1", env: true });
    expect(serializer.deserializeProcess(serializer.serializeProcess(PROCESS))).toEqual(PROCESS);
    expect(serializer.deserializeEvent(serializer.serializeEvent(EXEC))).toEqual(EXEC);
    expect(serializer.deserializeEvent(serializer.serializeEvent(LOST))).toEqual(LOST);
  });

  it("gives OpenSnitch's process and alert", () => {
    const serializer = protobufSerializer({ schema: "opensnitch", env: true });
    const process = serializer.deserializeProcess(serializer.serializeProcess(PROCESS));
    expect(process).toMatchObject({ pid: 4711, ppid: 17, comm: "a\ufffd", args: ["bash", ""], env: PROCESS.env });
    expect(serializer.deserializeEvent(serializer.serializeEvent(EXEC))).toMatchObject({
      id: EXEC.time,
      data: { case: "proc", value: { pid: 4711n, env: PROCESS.env } },
    });
    expect(serializer.deserializeEvent(serializer.serializeEvent(LOST)).data.case).toBe("text");
  });

  it("sends no environment unless asked for it", () => {
    const procmon = protobufSerializer();
    expect(procmon.deserializeProcess(procmon.serializeProcess(PROCESS))).toEqual(WITHOUT_ENV);
    for (const serializer of [procmon, protobufSerializer({ schema: "opensnitch", env: false })]) {
      expect(Buffer.from(serializer.serializeProcess(PROCESS)).includes("SECRET")).toBe(false);
      expect(Buffer.from(serializer.serializeEvent(EXEC)).includes("SECRET")).toBe(false);
    }
  });

  it("refuses bytes that are no message", () => {
    for (const serializer of [protobufSerializer(), protobufSerializer({ schema: "opensnitch" })]) {
      for (const read of [serializer.deserializeProcess, serializer.deserializeEvent]) {
        expect(() => read(Uint8Array.of(0x0a, 200))).toThrow(expect.objectContaining({ code: "INVALID_MESSAGE" }));
      }
    }
  });

  it.each([null, 7, { schema: "json" }, { schema: null }, { env: "yes" }])("refuses the options %j", (options) => {
    const make = () => protobufSerializer(options as never);
    expect(make).toThrow(ProcmonError);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTION", remedy: expect.any(String) }));
  });
});
