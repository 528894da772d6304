import type { Loss } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import { createAuditPipeline } from "./audit-pipeline.ts";
import { createRecordingHost } from "./lookup/recording-host.test-kit.ts";
import { createSocketHints } from "./lookup/socket-hints.ts";
import { parseAuditPayload } from "./parse/parse-audit-payload.ts";
import { RecordType } from "./parse/record-types.ts";

/** The last pid that the kernel would give: no process has it. */
const GONE = 4_194_303;
const SECONDS = Math.floor(Date.now() / 1000);

function createScene() {
  const host = createRecordingHost();
  const losses: Loss[] = [];
  const pipeline = createAuditPipeline({
    host: { ...host, lost: (loss) => losses.push(loss) },
    hints: createSocketHints(),
    native: undefined,
    onDown() {},
    onUp() {},
  });
  onTestFinished(() => {
    pipeline.end();
    host[Symbol.dispose]();
  });
  /** An event, as the kernel writes it. */
  const say = (serial: number, ...records: (readonly [keyof typeof RecordType, string])[]) => {
    for (const [type, body] of [...records, ["EOE", ""] as const]) {
      const record = parseAuditPayload(RecordType[type], `audit(${SECONDS}.123:${serial}): ${body}`);
      if (record === undefined) throw new Error(`no record: ${body}`);
      pipeline.sink.record(record);
    }
  };
  return { pipeline, events: host.events, losses, say };
}

function call(number: number, exit: number, a0: number, pid = GONE): readonly ["SYSCALL", string] {
  const who = `ppid=1 pid=${pid} auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295`;
  return [
    "SYSCALL",
    `arch=c000003e syscall=${number} success=${exit < 0 ? "no" : "yes"} exit=${exit} a0=${a0.toString(16)} a1=1 a2=0 a3=0 items=0 ${who} comm="tool" exe="/opt/tool" key=(null)`,
  ];
}

const EXEC = [call(59, 0, 1), ["EXECVE", 'argc=2 a0="tool" a1=772078'], ["CWD", 'cwd="/srv"']] as const;
const CONNECT = [call(42, 0, 3), ["SOCKADDR", `saddr=020001BBC6336407${"0".repeat(16)}`]] as const;

test("a process that is gone has the path and the arguments of its records, and so has its connection", () => {
  const { events, losses, say } = createScene();
  say(10, ...EXEC);
  say(11, call(41, 3, 2));
  say(12, ...CONNECT);
  say(13, call(231, 0, 4));
  const told = events.filter((event) => "process" in event && event.process?.pid === GONE);
  expect(told.map(({ type }) => type).filter((type) => type !== "fork")).toEqual(["exec", "connect", "exit"]);
  expect(told.find(({ type }) => type === "connect")).toMatchObject({
    connection: { protocol: "tcp", srcIp: "0.0.0.0", srcPort: 0, dstIp: "198.51.100.7", dstPort: 443 },
    ownership: { kind: "process", confidence: "exact", via: "audit", owners: [{ pid: GONE, path: "/opt/tool" }] },
    process: { path: "/opt/tool", args: ["tool", "w x"], cwd: "/srv" },
  });
  expect(losses).toEqual([]);
});

test("what this process does is not told", () => {
  const { events, say } = createScene();
  const [, address] = CONNECT;
  say(20, call(42, 0, 3, process.pid), address);
  expect(events.filter(({ type }) => type === "connect")).toEqual([]);
});

test("a gap is told once, less what dropped datagrams explain", () => {
  const { pipeline, losses, say } = createScene();
  say(30, ...CONNECT);
  say(35, ...CONNECT);
  pipeline.sink.lost("overrun", 3);
  pipeline.end();
  expect(losses).toEqual([
    { source: "audit", cause: "overrun", count: 3 },
    { source: "audit", cause: "gap", count: 1 },
  ]);
  expect(pipeline.stats()).toMatchObject({ missingEvents: 4 });
});
