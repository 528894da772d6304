import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingForForeign, RUNTIMES } from "../native/foreign-runtimes.ts";
import { root, run } from "./workspace.ts";

const TARGETS = ["linux-arm64-glibc", "linux-arm64-musl", "linux-x64-glibc", "linux-x64-musl"] as const;
const TIMEOUT = { timeout: 120_000 };
const PACKAGE = join(root, "packages", "native");

/** What `scripts/build-prebuilds.mjs --json` tells of a binary. */
interface BinaryReport {
  readonly size: number;
  readonly sha256: string;
  readonly needed: readonly string[];
  readonly glibc?: string;
  readonly nodeApi: number;
}

const scratch = mkdtempSync(join(tmpdir(), "procmon-prebuilds-"));
const built = join(scratch, "package");
const missing = await missingForForeign();
let report: Record<string, BinaryReport> = {};

beforeAll(async () => {
  if (missing !== undefined) return;
  report = await buildAll(PACKAGE, join(built, "prebuilds"));
  for (const name of ["src", "package.json"]) cpSync(join(PACKAGE, name), join(built, name), { recursive: true });
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true }));

async function buildAll(folder: string, out: string): Promise<Record<string, BinaryReport>> {
  const result = await runBuild(folder, out);
  expect(result.stderr).toBe("");
  return JSON.parse(result.stdout) as Record<string, BinaryReport>;
}

function runBuild(folder: string, out: string): ReturnType<typeof run> {
  const script = join(folder, "scripts", "build-prebuilds.mjs");
  return run(process.execPath, [script, "--json", "--out", out], { timeout: 110_000 });
}

/** What is built of the package, somewhere else. */
function copySources(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ["addon", "scripts", "package.json"]) {
    cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(PACKAGE, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** A BPF program that does nothing, with a structure in its types. */
async function compiledProgram(): Promise<string> {
  const object = join(scratch, "nothing.o");
  const source = join(scratch, "nothing.c");
  writeFileSync(
    source,
    `struct pair { int first; long second; } pair = {};
     __attribute__((section("socket"), used)) int nothing(void *context) { return 0; }\n`,
  );
  const compiled = await run("clang", ["-g", "-O2", "-target", "bpf", "-c", source, "-o", object]);
  expect(compiled.code, compiled.stderr).toBe(0);
  return object;
}

describe("the binaries that are published", TIMEOUT, () => {
  it("are built for each machine", (test) => {
    test.skip(missing !== undefined, missing);
    expect(readdirSync(join(built, "prebuilds")).sort()).toEqual(TARGETS);
  });

  it("need the C library and nothing else, of the oldest kind, and no newer Node-API than Node.js 20 has", (test) => {
    test.skip(missing !== undefined, missing);
    const own = { needed: ["libc.so.6"], glibc: "2.17" };
    expect(report).toMatchObject({
      "linux-x64-glibc": own,
      // The loader of arm64 holds what the stack protector compares with.
      "linux-arm64-glibc": { ...own, needed: ["libc.so.6", "ld-linux-aarch64.so.1"] },
      "linux-x64-musl": { needed: ["libc.so"] },
      "linux-arm64-musl": { needed: ["libc.so"] },
    });
    for (const name of TARGETS) {
      expect(report[name]?.nodeApi, name).toBeLessThanOrEqual(8);
      expect(report[name]?.size, name).toBeLessThan(300_000);
    }
  });

  it("are the same, byte for byte, when they are built in another folder", async (test) => {
    test.skip(missing !== undefined, missing);
    const other = copySources(join(scratch, "another place", "of the package"));
    expect(await buildAll(other, join(other, "prebuilds"))).toEqual(report);
  });

  it.for([
    [
      "a function that old systems lack",
      "getrandom(nullptr, 0, 0)",
      "glibc 2.17 does not have: getrandom (glibc 2.25)",
    ],
    ["a function that nobody has", "nobodyHas()", "Neither the addon nor the C library has: nobodyHas"],
  ] as const)("are not built with %s", async ([name, call, reason], { skip }) => {
    skip(missing !== undefined, missing);
    const other = copySources(join(scratch, name));
    const declarations = '#include <sys/random.h>\nextern "C" int nobodyHas();\n';
    // What nobody calls is left out, unless it is exported.
    const odd = `__attribute__((visibility("default"))) int odd() { return static_cast<int>(${call}); }`;
    writeFileSync(join(other, "addon", "odd.cc"), `${declarations}${odd}\n`);
    const result = await runBuild(other, join(other, "prebuilds"));
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain(reason);
  });
});

describe.each(TARGETS)("%s", TIMEOUT, (target) => {
  it("is loaded on such a machine, reads its clocks, scans its sockets and talks netlink", async (test) => {
    test.skip(missing !== undefined, missing);
    const runtime = await RUNTIMES[target]?.();
    const probe = join(root, "tests", "house", "native", "probe.mjs");
    const { command = "", args = [], env = process.env } = runtime ?? {};
    const result = await run(command, [...args, probe, built, await compiledProgram()], { env });
    expect(result.stderr).toBe("");
    const interfaces = readdirSync("/sys/class/net").sort();
    expect(JSON.parse(result.stdout)).toEqual({
      arch: target.split("-")[1],
      support: { available: true, binary: join(built, "prebuilds", target, "procmon.node") },
      clocks: true,
      scanned: true,
      waited: interfaces,
      read: interfaces,
      bpf: {
        programs: [{ name: "nothing", section: "socket" }],
        layout: { size: 16, fields: { first: { offset: 0, size: 4 }, second: { offset: 8, size: 8 } } },
        // An emulator of processes has no bpf(2).
        loaded: target.includes("arm64") ? "ENOSYS" : process.getuid?.() === 0 || "EPERM",
      },
    });
  });
});
