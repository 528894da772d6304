import { mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { buildCaptures } from "./build-captures.ts";
import { EBADF, ENOENT, listen, STAT, textDatagram, textRule } from "./captures.test-kit.ts";
import { type Captures, loadCaptures } from "./programs/captures-addon.ts";
import { CAPTURE_PROGRAM, runProgram } from "./run-program.ts";

const missing = requirement("root", "cc");
const folder = mkdtempSync(join(tmpdir(), "procmon-captures-"));
const binary = join(folder, "captures.node");
let captures: Captures;

beforeAll(() => {
  if (missing !== undefined) return;
  buildCaptures(binary);
  captures = loadCaptures(binary);
}, 60_000);
beforeEach(({ skip }) => skip(missing !== undefined, missing));
afterAll(() => rmSync(folder, { recursive: true }));

it("of several rules the first one counts that holds", () => {
  const rules = [
    textRule({ value: 8, files: [] }),
    textRule({ contains: "odd", files: [STAT, STAT] }),
    textRule({ pidAfter: " no-pid=", files: [STAT, STAT] }),
    textRule({ contains: "key=", files: [STAT, STAT, STAT] }),
    textRule(),
  ];
  const counts = ["key=1", "kex=1", "odd key="].map((text) => {
    return captures.of(rules, textDatagram(` pid=${process.pid} ${text}`)).length;
  });
  expect(counts).toEqual([3, 1, 2]);
});

it("rules read namespaces as well, and nothing else below a directory", () => {
  const files = ["net", "pid_for_children", "none"].map(
    (name) => ({ name: `ns/${name}`, kind: "link", limit: 64 }) as const,
  );
  const found = captures.of([textRule({ files })], textDatagram(` pid=${process.pid}`));
  expect(found.map(({ bytes }) => bytes.toString())).toEqual([
    readlinkSync("/proc/self/ns/net"),
    readlinkSync("/proc/self/ns/pid_for_children"),
    "",
  ]);
  expect(found[2]?.error).toBe(ENOENT);
  for (const name of ["ns/", "ns/..", "ns/../exe", "ns/net/x", "fd/1", "ns//net"]) {
    const rule = textRule({ files: [{ name, kind: "link", limit: 64 }] });
    expect(() => captures.of([rule], textDatagram("")), name).toThrow("captures");
  }
});

it("rules are 24 at most, and have to make sense", () => {
  const first = textRule({ value: 8 });
  const many = Array.from({ length: 23 }, () => first);
  expect(captures.of([...many, textRule()], textDatagram(` pid=${process.pid}`))).toHaveLength(1);
  expect(() => captures.of([first, ...many, textRule()], textDatagram(""))).toThrow("captures");
  for (const odd of [
    { pidAfter: "" },
    { pidAfter: "x".repeat(32) },
    { contains: "x".repeat(32) },
    { socketAfter: { text: "", radix: 10 } },
    { socketAfter: { text: "x".repeat(32), radix: 10 } },
    { socketAfter: { text: " a0=", radix: 8 as never } },
  ] as const) {
    expect(() => captures.of([textRule(odd)], textDatagram("")), JSON.stringify(odd)).toThrow();
  }
  const longest = "x".repeat(31);
  const held = captures.of([textRule({ pidAfter: longest, contains: longest })], textDatagram(longest + process.pid));
  expect(held).toHaveLength(1);
});

it("rules find in any text what is there, and read nothing beyond it", async () => {
  const env = { PROCMON_TEST_CAPTURES: binary };
  expect(await runProgram(CAPTURE_PROGRAM, { env })).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
});

it("rules take a decimal descriptor, or the lower half of a register", async () => {
  using server = await listen({ port: 0, host: "127.0.0.1" });
  const errorOf = (radix: 10 | 16, fd: string) => {
    const rule = textRule({ socketAfter: { text: " fd=", radix } });
    return captures.of([rule], textDatagram(` pid=${process.pid} fd=${fd}`))[0]?.error;
  };
  const hex = server.fd.toString(16).padStart(8, "0");
  expect(errorOf(10, `${server.fd}`)).toBe(0);
  expect(errorOf(10, `${2 ** 32 + server.fd}`)).toBe(EBADF);
  expect(errorOf(10, "-1")).toBe(EBADF);
  expect(errorOf(16, server.fd.toString(16))).toBe(0);
  expect(errorOf(16, `dead${hex}`)).toBe(0);
  expect(errorOf(16, `1deadbeefdead${hex}`)).toBe(EBADF);
  expect(errorOf(16, "ffffffffffffff9c")).toBe(EBADF);
});
