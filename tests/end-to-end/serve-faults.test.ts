import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { connectProcmon } from "@procmon/serialize-grpc/client";
import { requirement } from "@procmon-internal/fixtures";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { nobodyWith } from "./support/nobody.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { ATTACKS, type Attack } from "./support/serve-attacks.ts";
import { openSession, PATHS, sendCall } from "./support/serve-calls.ts";
import { startServeCli } from "./support/serve-cli.ts";
import { callFields, FIND_OWNER, frame, message, PREFACE, SNAPSHOT, STATS, WATCH } from "./support/serve-frames.ts";
import { type GoodClient, startGoodClient } from "./support/serve-good-client.ts";
import { type ServeProcess, startServeProcess } from "./support/serve-process.ts";
import { openRaw } from "./support/serve-raw-client.ts";
import { until } from "./support/serve-until.ts";

const MIB = 1024 ** 2;
const AT_ONCE = 3;
const LONG = { timeout: 120_000 };

let server: ServeProcess;
let good: GoodClient;
let descriptors: number;

beforeAll(async () => {
  server = await startServeProcess();
  descriptors = server.descriptors();
  good = await startGoodClient(server.address);
  await server.ask("load 2 300");
});

afterAll(async () => {
  await good?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** A new client is answered, and nobody who has gone is still there. */
async function expectHealth(): Promise<void> {
  expect(server.isAlive).toBe(true);
  using client = connectProcmon({ address: server.address, timeoutMs: 20_000 });
  expect((await client.stats()).method).toBe("synthetic");
  client.close();
  await until(server.descriptors, (now) => now <= descriptors + 2);
}

describe("an attack harms nobody", () => {
  test.each(Object.entries(ATTACKS))("%s", LONG, async (name, attack: Attack) => {
    const before = await server.memory();
    server.peak();
    const rss = server.peak();
    const attackers = Array.from({ length: AT_ONCE }, async () => {
      using client = await openRaw(server.path, { reads: !name.includes("not read") });
      await attack(client);
    });
    await Promise.all(attackers);
    await expectHealth();
    expect(server.peak() - rss).toBeLessThan(150 * MIB);
    expect((await server.memory()) - before).toBeLessThan(10 * MIB);
  });

  test("frames by chance", LONG, async () => {
    const before = await server.memory();
    const types = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.nat(255));
    const streams = fc.oneof({ weight: 9, arbitrary: fc.nat(9) }, fc.nat(0xffff_ffff));
    const headers = fc.constantFrom(callFields(WATCH), callFields(STATS), callFields("/x"));
    const payload = fc.oneof(fc.uint8Array({ maxLength: 300 }), headers);
    const oneFrame = fc
      .tuple(types, fc.nat(255), streams, payload, fc.option(fc.nat(0xff_ffff), { freq: 20 }))
      .map(([type, flags, stream, bytes, length]) => frame(type, flags, stream, bytes, length ?? bytes.length));
    const said = fc.array(oneFrame, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(said, fc.boolean(), async (frames, isPolite) => {
        using client = await openRaw(server.path);
        client.socket.write(Buffer.concat([...(isPolite ? [PREFACE] : []), ...frames]));
        client.socket.end();
        await client.closes(50);
        return server.isAlive;
      }),
      { numRuns: 500, endOnFailure: true },
    );
    await expectHealth();
    expect((await server.memory()) - before).toBeLessThan(10 * MIB);
  });
});

describe("a call that is none", () => {
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => message(bytes)),
    fc
      .tuple(fc.uint8Array({ maxLength: 64 }), fc.nat(255), fc.nat(0xffff_ffff))
      .map(([bytes, compressed, length]) => message(bytes, compressed, length)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([message(bytes), message(bytes)])),
  );
  const text = fc.stringMatching(/^[!-~]{0,30}$/);
  const headers = fc.record(
    {
      "content-type": fc.constantFrom("application/grpc+proto", "application/grpc+json", "text/html", ""),
      "grpc-encoding": fc.constantFrom("gzip", "deflate", "identity", "snappy", ""),
      "grpc-timeout": fc.oneof(text, fc.constantFrom("1n", "0S", "99999999H", "-1S", "1")),
      "grpc-accept-encoding": text,
      "x-bin": text,
      te: fc.constant("trailers"),
    },
    { requiredKeys: [] },
  );
  const paths = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...PATHS) }, fc.webPath());

  test.each(["0S", "1n", "1m", "5m"])("one whose time (%s) is over in the middle ends", async (time) => {
    const session = openSession(server.path);
    onTestFinished(() => session.destroy());
    for (const path of [WATCH, SNAPSHOT, FIND_OWNER, STATS]) {
      const { isOver } = await sendCall(session, path, message(Buffer.alloc(0)), { "grpc-timeout": time });
      expect([path, isOver]).toEqual([path, true]);
    }
  });

  test("ends in time, and harms nobody", LONG, async () => {
    const before = await server.memory();
    await fc.assert(
      fc.asyncProperty(paths, bodies, headers, fc.nat(9), async (path, some, more, chance) => {
        const body = chance === 0 ? message(Buffer.alloc(1_000_000)) : some;
        const session = openSession(server.path);
        try {
          const { isOver } = await sendCall(session, path, body, more);
          return isOver && server.isAlive;
        } finally {
          session.destroy();
        }
      }),
      { numRuns: 1000, endOnFailure: true },
    );
    await expectHealth();
    expect((await server.memory()) - before).toBeLessThan(10 * MIB);
  });
});

describe("who may not", () => {
  /** How another user, nobody, comes off who asks there. */
  function askAsNobody(path: string): string {
    const script = `
      const { connect } = require("node:net");
      connect(${JSON.stringify(path)}).on("connect", () => console.log("in")).on("error", ({ code }) => console.log(code));
      setTimeout(() => process.exit(), 5000).unref();`;
    const [command = "", ...args] = [...nobodyWith(), process.execPath, "-e", script];
    return spawnSync(command, args, { encoding: "utf8", cwd: "/", timeout: 30_000 }).stdout.trim();
  }

  test("another user is refused, also where the folder is open to all", async ({ skip }) => {
    const missing = requirement("other-users");
    skip(missing !== undefined, missing);
    const folder = scratchFolder();
    const path = join(folder, "s");
    await using _server = await startServeCli(path);
    expect(askAsNobody(path)).toBe("EACCES");
    const link = join(folder, "link");
    symlinkSync(path, link);
    expect(askAsNobody(link)).toBe("EACCES");
  });

  test("another user can put nothing into the folder that the server makes", async ({ skip }) => {
    const missing = requirement("other-users");
    skip(missing !== undefined, missing);
    const runtime = scratchFolder();
    const path = join(runtime, "procmon/s");
    await using _server = await startServeCli(path);
    expect(lstatSync(join(runtime, "procmon")).mode & 0o022).toBe(0);
    const script = `require("node:fs").writeFileSync(${JSON.stringify(`${path}.new`)}, "")`;
    const [command = "", ...args] = [...nobodyWith(), process.execPath, "-e", script];
    expect(spawnSync(command, args, { encoding: "utf8", cwd: "/" }).stderr).toContain("EACCES");
  });

  test.each(["a link to nothing", "a link to a file", "a file", "a folder", "a link to a socket"])(
    "%s in place of the socket stays, and the server says what to do",
    async (what) => {
      const folder = scratchFolder();
      const [path, other] = [join(folder, "s"), join(folder, "other")];
      const stranger = createServer();
      if (what === "a file") writeFileSync(path, "precious");
      else if (what === "a folder") mkdirSync(path);
      else symlinkSync(other, path);
      if (what === "a link to a file") writeFileSync(other, "precious");
      if (what === "a link to a socket") await new Promise<void>((resolve) => void stranger.listen(other, resolve));
      const before = [readdirSync(folder), lstatSync(path).ino];
      await using cli = await startServeCli(path);
      expect(await cli.exited).not.toBe(0);
      expect(cli.output).toContain("is no socket");
      expect(cli.output).not.toMatch(/^\s+at /m);
      expect([readdirSync(folder), lstatSync(path).ino]).toEqual(before);
      stranger.close();
    },
  );
});

test("a good client had all its answers and events meanwhile", async () => {
  const { emitted } = await server.ask("load 0");
  await until(
    () => good.events.last,
    (last) => last === emitted,
  );
  const { events, failures, answered, slowest } = await good.report();
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(15_000);
  expect(events).toMatchObject({ lost: 0, wrong: 0, received: emitted });
  expect(server.complaints).toBe("");
});
