import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { node, published, run, tool } from "./workspace.ts";

const TIMEOUT = { timeout: 90_000 };

const scratch = mkdtempSync(join(tmpdir(), "procmon-packed-"));
const project = join(scratch, "empty project");
const tarballs = new Map<string, string>();

beforeAll(async () => {
  await Promise.all(
    published.map(async ({ folder, manifest }) => {
      const packed = await run(tool("pnpm"), ["pack", "--json", "--pack-destination", scratch], { cwd: folder });
      expect(packed.stderr + packed.stdout, manifest.name).toContain("filename");
      tarballs.set(manifest.name, (JSON.parse(packed.stdout) as { filename: string }).filename);
    }),
  );
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const installed = await run("npm", ["install", "--no-audit", "--no-fund", ...tarballs.values()], { cwd: project });
  expect(installed.code, installed.stderr).toBe(0);
}, 180_000);

afterAll(() => rmSync(scratch, { recursive: true }));

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
    expect(listing.filter((file) => /\/src\/|\.test\.|tsconfig|tsup/.test(file))).toEqual([]);
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

describe.each([20, 22, 24, 26] as const)("installed into an empty project, on Node %i", TIMEOUT, (major) => {
  it("finds the owner of a connection of its own by the method's name", async () => {
    const script = `
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
          }));
          await monitor.stop();
          socket.destroy();
          server.close();
        });
      });`;
    const result = await run(node(major), ["--input-type=module", "-e", script], { cwd: project, timeout: 20_000 });
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toMatchObject({ method: "proc", kind: "process", right: true, listed: true });
  });

  it("runs the command line", async () => {
    const command = join(project, "node_modules", "@procmon", "cli", "dist", "main.js");
    const version = await run(node(major), [command, "--version"], { cwd: project });
    expect(version.stdout.trim()).toBe(published.find((p) => p.manifest.name === "@procmon/cli")?.manifest.version);
    const inspected = await run(node(major), [command, "inspect", String(process.pid), "--json"], { cwd: project });
    expect(JSON.parse(inspected.stdout)).toMatchObject({ v: 1, process: { pid: process.pid } });
    const listed = await run(node(major), [command, "ls", "-a", "--json"], { cwd: project });
    expect(JSON.parse(listed.stdout)).toMatchObject({ v: 1, method: "proc" });
  });
});
