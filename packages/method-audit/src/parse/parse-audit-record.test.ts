import { describe, expect, it } from "vitest";
import { parseAuditPayload } from "./parse-audit-payload.ts";
import { parseAuditRecord } from "./parse-audit-record.ts";

describe("parseAuditRecord", () => {
  it("reads a line of audit.log", () => {
    const line = 'type=CWD msg=audit(1364481363.243:24287):  cwd="/home/shadowman"';
    expect(parseAuditRecord(line)).toEqual({
      type: 1307,
      time: 1_364_481_363_243_000_000n,
      serial: 24_287,
      body: ' cwd="/home/shadowman"',
    });
  });

  it("reads a line with the machine's name, and what auditd adds", () => {
    const line =
      'node=web-1.example type=SYSCALL msg=audit(1795577966.004:4294967295): arch=c000003e syscall=42 success=yes\x1dARCH=x86_64 SYSCALL=connect AUID="unset"\r\n';
    expect(parseAuditRecord(line)).toEqual({
      type: 1300,
      time: 1_795_577_966_004_000_000n,
      serial: 4_294_967_295,
      node: "web-1.example",
      body: "arch=c000003e syscall=42 success=yes",
      enrichment: 'ARCH=x86_64 SYSCALL=connect AUID="unset"',
    });
  });

  it("reads the lines of old kernels", () => {
    const line =
      'type=SYSCALL msg=audit(1243332701.744:101): arch=c000003e syscall=2 success=no exit=-13 a0=7fffe30fd840 a1=0 items=1 ppid=4358 pid=4372 auid=500 comm="cat" exe="/bin/cat" subj=user_u:system_r:unconfined_t:s0 key=(null)';
    expect(parseAuditRecord(line)).toMatchObject({
      type: 1300,
      serial: 101,
      body: expect.stringMatching(/^arch=.*\(null\)$/),
    });
  });

  it.each([
    ["UNKNOWN[1420]", 1420],
    ["UNKNOWN[65535]", 65_535],
    ["1326", 1326],
    ["0", 0],
    ["LATER_THAN_THIS", 0],
  ])("knows the type %s", (name, type) => {
    expect(parseAuditRecord(`type=${name} msg=audit(1.000:1): x=1`)?.type).toBe(type);
  });

  it("takes an end without a body", () => {
    for (const end of ["", " ", "\n", " \0", "\0", "\r\n"]) {
      expect(parseAuditRecord(`type=EOE msg=audit(1.002:16):${end}`)).toEqual({
        type: 1320,
        time: 1_002_000_000n,
        serial: 16,
        body: "",
      });
    }
  });

  it.each([
    "",
    "type=",
    "type=SYSCALL",
    "node= type=SYSCALL msg=audit(1.000:1): a=1",
    "node=x",
    "node=x msg=audit(1.000:1): a=1",
    "type=syscall msg=audit(1.000:1): a=1",
    "type=UNKNOWN[] msg=audit(1.000:1): a=1",
    "type=UNKNOWN[65536] msg=audit(1.000:1): a=1",
    "type=UNKNOWN[13x] msg=audit(1.000:1): a=1",
    "type=65536 msg=audit(1.000:1): a=1",
    "type=EOE msg=audit(.000:1): a=1",
    "type=EOE msg=audit(1.00:1): a=1",
    "type=EOE msg=audit(1.0000:1): a=1",
    "type=EOE msg=audit(1.000:): a=1",
    "type=EOE msg=audit(1.000:4294967296): a=1",
    "type=EOE msg=audit(1.000:-1): a=1",
    "type=EOE msg=audit(9999999999999.000:1): a=1",
    "type=EOE msg=audit(1.000:1) a=1",
    "type=EOE msg=audit(1.000:1",
    "type=EOE msg=x audit(1.000:1): a=1",
    " type=EOE msg=audit(1.000:1): a=1",
  ])("does not take %j", (line) => {
    expect(parseAuditRecord(line)).toBeUndefined();
  });
});

describe("parseAuditPayload", () => {
  it("reads what the kernel sends", () => {
    expect(parseAuditPayload(1306, "audit(1795577966.174:12): saddr=020007E8\0")).toEqual({
      type: 1306,
      time: 1_795_577_966_174_000_000n,
      serial: 12,
      body: "saddr=020007E8",
    });
  });

  it("tells times apart that follow each other", () => {
    const times = ["1.000", "1.001", "1.000", "2.000", "0.000"].map(
      (time) => parseAuditPayload(1300, `audit(${time}:1): `)?.time,
    );
    expect(times).toEqual([1_000_000_000n, 1_001_000_000n, 1_000_000_000n, 2_000_000_000n, 0n]);
  });

  it("does not take something else", () => {
    for (const text of ["", "x", "audit", "audit(", "type=EOE msg=audit(1.000:1): "]) {
      expect(parseAuditPayload(1300, text)).toBeUndefined();
    }
  });
});
