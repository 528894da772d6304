import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { node, ownBinary, published, run, tool } from "./workspace.ts";

const TIMEOUT = { timeout: 90_000 };

const NATIVE = "@procmon/native";
/** Cannot be without it. */
const EBPF = "@procmon/method-ebpf";
const TARGETS = ["linux-arm64-glibc", "linux-arm64-musl", "linux-x64-glibc", "linux-x64-musl"];

const scratch = mkdtempSync(join(tmpdir(), "procmon-packed-"));
const project = join(scratch, "empty project");
const projectWithoutNative = join(scratch, "empty project, no optional dependencies");
const tarballs = new Map<string, string>();

beforeAll(async () => {
  await Promise.all(
    published.map(async ({ folder, manifest }) => {
      const packed = await run(tool("pnpm"), ["pack", "--json", "--pack-destination", scratch], { cwd: folder });
      expect(packed.stderr + packed.stdout, manifest.name).toContain("filename");
      tarballs.set(manifest.name, (JSON.parse(packed.stdout) as { filename: string }).filename);
    }),
  );
  const others = [...tarballs].filter(([name]) => name !== NATIVE && name !== EBPF).map(([, tarball]) => tarball);
  await install(project, [...tarballs.values()]);
  await install(projectWithoutNative, ["--omit=optional", ...others]);
}, 180_000);

afterAll(() => rmSync(scratch, { recursive: true }));

async function install(folder: string, args: readonly string[]): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const installed = await run("npm", ["install", "--no-audit", "--no-fund", ...args], { cwd: folder });
  expect(installed.code, installed.stderr).toBe(0);
}

describe.each(published)("$manifest.name", TIMEOUT, ({ manifest }) => {
  const tarball = (): string => tarballs.get(manifest.name) ?? "";

  it("is clean for publint", async () => {
    const result = await run(tool("publint"), ["run", tarball(), "--strict"]);
    expect(result.stdout + result.stderr).toContain("All good!");
    expect(result.code).toBe(0);
  });

  it("has types that resolve", async () => {
    const result = await run(tool("attw"), [tarball(), "--profile", "esm-only", "--format", "json"]);
    const { analysis, problems = {} } = JSON.parse(result.stdout) as {
      analysis: { types: unknown };
      problems?: object;
    };
    // The command line is none of what one imports. The others are ES modules only, and so two problems are none.
    if (manifest.name === "@procmon/cli") expect(analysis.types).toBe(false);
    else expect(["CJSResolvesToESM", "NoResolution"]).toEqual(Object.keys(problems).sort());
    expect(result.code, result.stdout).toBe(0);
  });

  it("holds what it must, and no more", async () => {
    const listing = (await run("tar", ["-tzf", tarball()])).stdout.trim().split("\n");
    expect(listing).toEqual(expect.arrayContaining(["package/package.json", "package/README.md", "package/LICENSE"]));
    expect(listing.filter((file) => /\/src\/|\.test\.|tsconfig|tsup|\/scripts\/|\/addon\//.test(file))).toEqual([]);
  });

  it("runs no script at installation, and says what it needs", () => {
    const scripts = Object.keys(manifest.scripts ?? {});
    expect(scripts.filter((name) => /install|prepare/.test(name))).toEqual([]);
    expect(manifest.engines).toEqual({ node: ">=20.19" });
    expect(manifest.license).toBe("Apache-2.0");
  });
});

it("core depends on nothing and is at most 80 kB packed", () => {
  const core = published.find(({ manifest }) => manifest.name === "@procmon/core");
  expect(core?.manifest.dependencies ?? {}).toEqual({});
  expect(core?.manifest.peerDependencies ?? {}).toEqual({});
  expect(statSync(tarballs.get("@procmon/core") ?? "").size).toBeLessThanOrEqual(80_000);
});

it("method-ebpf holds its programs, compiled and as sources", async ({ skip }) => {
  const missing = requirement("ebpf");
  skip(missing !== undefined, missing);
  const listing = (await run("tar", ["-tzf", tarballs.get(EBPF) ?? ""])).stdout.trim().split("\n");
  expect(listing).toEqual(expect.arrayContaining(["package/dist/procmon.bpf.o", "package/bpf/procmon.bpf.c"]));
});

it("native is for Linux, and holds binaries and nothing else that is not JavaScript", async () => {
  expect(published.find(({ manifest }) => manifest.name === NATIVE)?.manifest.os).toEqual(["linux"]);
  const listing = (await run("tar", ["-tzf", tarballs.get(NATIVE) ?? ""])).stdout.trim().split("\n");
  const rest = listing.filter((file) => !/^package\/(dist\/[^/]+\.(js|d\.ts)|[^/]+\.(json|md)|LICENSE)$/.test(file));
  const binaries = TARGETS.map((target) => `package/prebuilds/${target}/procmon.node`);
  // Those of other machines are there once they have been built; the release builds them all.
  expect(rest.filter((file) => !binaries.includes(file))).toEqual([]);
  if (ownBinary !== undefined) expect(rest).toContain(`package/${ownBinary}`);
});

const versions = [20, 22, 24, 26] as const;
const cases = versions.flatMap((major) => [
  { major, folder: project, with: "with", native: ownBinary !== undefined },
  { major, folder: projectWithoutNative, with: "without", native: false },
]);

describe.each(cases)("installed into an empty project $with the native half, on Node $major", TIMEOUT, (one) => {
  const { major, folder, native } = one;

  it("finds the owner of a connection of its own by the method's name", async () => {
    const script = `
      import { readFileSync } from "node:fs";
      import { createServer, connect } from "node:net";
      import { createMonitor } from "@procmon/core";
      const server = createServer().listen(0, "127.0.0.1", async () => {
        const socket = connect(server.address().port, "127.0.0.1", async () => {
          const monitor = createMonitor({ methods: ["proc"], strict: true });
          const report = await monitor.start();
          const owner = await monitor.findOwner({
            protocol: "tcp", srcIp: "127.0.0.1", srcPort: socket.localPort, dstIp: "127.0.0.1", dstPort: socket.remotePort,
          });
          const me = await monitor.findProcess(process.pid);
          const { sockets } = await monitor.snapshot();
          console.log(JSON.stringify({
            method: report.method, kind: owner.kind, right: owner.owners?.[0]?.pid === process.pid, path: me?.path,
            listed: sockets.some((s) => s.state === "listen" && s.connection?.srcPort === server.address().port),
            native: /\\/procmon\\.node$/m.test(readFileSync("/proc/self/maps", "latin1")),
          }));
          await monitor.stop();
          socket.destroy();
          server.close();
        });
      });`;
    const result = await run(node(major), ["--input-type=module", "-e", script], { cwd: folder, timeout: 20_000 });
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toMatchObject({
      method: "proc",
      kind: "process",
      right: true,
      listed: true,
      native,
    });
  });

  it("has the native half, or says that it is not installed", async () => {
    const script = `
      const native = await import("@procmon/native").catch((error) => error.code);
      console.log(typeof native === "string" ? native : native.nativeSupport().binary ?? native.nativeSupport().reason);`;
    const result = await run(node(major), ["--input-type=module", "-e", script], { cwd: folder });
    const place = join(folder, "node_modules", "@procmon", "native", ownBinary ?? "");
    const reason = "The binary of @procmon/native is missing";
    const expected = native ? place : folder === project ? reason : "ERR_MODULE_NOT_FOUND";
    expect(result.stdout).toContain(expected);
  });

  it("runs the command line", async () => {
    const command = join(folder, "node_modules", "@procmon", "cli", "dist", "main.js");
    const version = await run(node(major), [command, "--version"], { cwd: folder });
    expect(version.stdout.trim()).toBe(published.find((p) => p.manifest.name === "@procmon/cli")?.manifest.version);
    const inspected = await run(node(major), [command, "inspect", String(process.pid), "--json"], { cwd: folder });
    expect(JSON.parse(inspected.stdout)).toMatchObject({ v: 1, process: { pid: process.pid } });
    const best = native && requirement("ebpf") === undefined ? "ebpf" : "proc";
    const listed = await run(node(major), [command, "ls", "-a", "--json"], { cwd: folder });
    expect(JSON.parse(listed.stdout)).toMatchObject({ v: 1, method: best });
  });
});
