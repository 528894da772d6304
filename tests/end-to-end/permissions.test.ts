import { statSync } from "node:fs";
import { spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { runCli } from "./support/run-cli.ts";
import type { MadeSocket } from "./support/sockets.ts";

needs("namespaces", "other-users");

const NOBODY = "uid=65534";
const FOUND = 0;
const NOTHING = 1;
const NOT_ALLOWED = 3;
/** Port 1 (tcpmux): nobody has listened there for decades. */
const UNUSED = ":1";

const listen = (...enter: string[]) =>
  spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"], { enter });

interface Listing {
  readonly sockets: readonly {
    readonly inode: number;
    readonly ownership: { readonly kind: string; readonly requires?: string; readonly uid?: number };
  }[];
  readonly visibility: {
    readonly pidsReadable: number;
    readonly pidsTotal: number;
    readonly hiddenBy: readonly string[];
  };
}

describe("as an unprivileged user", () => {
  test("somebody else's socket: not allowed to look, and which capability would help", async () => {
    await using fixture = await listen();
    const run = await runCli(["who", `:${fixture.ready.port}`], [NOBODY]);
    expect(run.code).toBe(NOT_ALLOWED);
    expect(run.stderr).toMatch(/CAP_SYS_PTRACE/);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  test("nothing there: another code and another sentence", async () => {
    await using fixture = await listen();
    const hidden = await runCli(["who", `:${fixture.ready.port}`], [NOBODY]);
    const nothing = await runCli(["who", UNUSED], [NOBODY]);
    expect(nothing.code).toBe(NOTHING);
    expect(nothing.stderr).not.toBe("");
    expect(nothing.stderr).not.toBe(hidden.stderr);
    expect(nothing.stderr).not.toMatch(/CAP_SYS_PTRACE/);
  });

  test("its own socket is found", async () => {
    await using fixture = await listen(NOBODY);
    const run = await runCli(["who", `:${fixture.ready.port}`, "--json"], [NOBODY]);
    expect(run.code).toBe(FOUND);
    expect(JSON.parse(run.stdout).sockets).toMatchObject([{ ownership: { owners: [{ pid: fixture.pid }] } }]);
  });

  test("a listing says what is hidden, socket by socket and in all", async () => {
    await using fixture = await listen();
    const run = await runCli(["ls", "-t", "-l", "--json"], [NOBODY]);
    const { sockets, visibility } = JSON.parse(run.stdout) as Listing;
    const entry = sockets.find((socket) => socket.inode === fixture.ready.inode);
    expect(entry?.ownership).toMatchObject({
      kind: "hidden",
      uid: 0,
      requires: expect.stringContaining("CAP_SYS_PTRACE"),
    });
    expect(visibility.pidsReadable).toBeLessThan(visibility.pidsTotal);
    expect(visibility.hiddenBy).not.toEqual([]);
  });

  test("a process of somebody else: what is public is told, the rest is denied and not absent", async () => {
    await using fixture = await listen();
    const run = await runCli(["inspect", `${fixture.pid}`, "--json"], [NOBODY]);
    expect(run.code).toBe(FOUND);
    const text = run.stdout;
    expect(JSON.parse(text).process ?? JSON.parse(text)).toMatchObject({
      pid: fixture.pid,
      comm: "open-socket",
      denied: expect.arrayContaining(["path", "cwd"]),
    });
  });
});

describe("with hidepid", () => {
  const HIDDEN = ["mount", "proc=hidepid=2", NOBODY];

  test("a process that may not be seen is not one that is not there", async () => {
    await using fixture = await listen();
    const hidden = await runCli(["inspect", `${fixture.pid}`], HIDDEN);
    expect(hidden.code).toBe(NOT_ALLOWED);
    expect(hidden.stderr).toMatch(/hidepid|CAP_SYS_PTRACE/);
    const missing = await runCli(["inspect", `${2 ** 22 - 1}`], HIDDEN);
    expect(missing.code).toBe(NOTHING);
    expect(missing.stderr).not.toBe(hidden.stderr);
  });

  test("a socket whose owner is hidden is neither the kernel's nor nobody's", async () => {
    await using fixture = await listen();
    const run = await runCli(["who", `:${fixture.ready.port}`], HIDDEN);
    expect(run.code).toBe(NOT_ALLOWED);
    const { sockets, visibility } = JSON.parse((await runCli(["ls", "-tl", "--json"], HIDDEN)).stdout) as Listing;
    expect(sockets.find((socket) => socket.inode === fixture.ready.inode)?.ownership.kind).toBe("hidden");
    expect(visibility.hiddenBy.join()).toMatch(/hidepid/);
  });

  test("root sees all the same", async () => {
    await using fixture = await listen();
    const run = await runCli(["who", `:${fixture.ready.port}`, "--json"], ["mount", "proc=hidepid=2"]);
    expect(run.code).toBe(FOUND);
    expect(JSON.parse(run.stdout).sockets).toMatchObject([{ ownership: { owners: [{ pid: fixture.pid }] } }]);
  });
});

test("nonsense gets one sentence and the code for usage", async () => {
  for (const args of [
    ["who", "tcp", "1.2.3:80"],
    ["who", ":65536"],
    ["inspect", "abc"],
    ["ls", "--no-such-flag"],
    ["lss"],
  ]) {
    const run = await runCli(args);
    expect(run.code, args.join(" ")).toBe(2);
    expect(run.stdout).toBe("");
    expect(run.stderr).not.toMatch(/\n\s+at /);
  }
});

test("another network namespace is looked into as well", async () => {
  await using fixture = await spawnFixture<MadeSocket>("open-socket", ["udp", "127.0.0.1", "0"], { enter: ["net"] });
  const netns = statSync(`/proc/${fixture.pid}/ns/net`).ino;
  const run = await runCli(["ls", "-u", "-a", "--json"]);
  const { sockets } = JSON.parse(run.stdout) as { sockets: { connection: { netns: number }; ownership: object }[] };
  const there = sockets.filter((socket) => socket.connection.netns === netns);
  expect(there).toMatchObject([{ ownership: { kind: "process", owners: [{ pid: fixture.pid }] } }]);
});
