import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { listenOnUnix } from "./listen-unix.ts";
import { scratchFolder } from "./start-server.test-kit.ts";

function makeServer(): Server {
  const server = createServer((socket) => {
    // Another server may only have looked whether anybody is there.
    socket.on("error", () => {});
    socket.end("ours");
  });
  onTestFinished(() => void server.close());
  return server;
}

/** What the server at a path says. */
function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    connect(path)
      .on("data", (data) => {
        said += data;
      })
      .on("end", () => resolve(said))
      .on("error", reject);
  });
}

/** A socket as a server leaves it that was killed. */
async function leaveStale(path: string): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(lstatSync(path).isSocket()).toBe(true);
}

const unavailable = { code: "SERVICE_UNAVAILABLE", remedy: expect.any(String) };

test("only its owner may open it, whatever the umask, and nothing else is left", async () => {
  const folder = scratchFolder();
  const path = join(folder, "s");
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const listener = await listenOnUnix(makeServer(), path);
  const { mode, uid } = lstatSync(path);
  expect([(mode & 0o777).toString(8), uid]).toEqual(["600", process.getuid?.()]);
  expect(readdirSync(folder)).toEqual(["s"]);
  expect(await ask(path)).toBe("ours");
  await listener.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test("a missing folder is made, for all to see, and none above it", async () => {
  const folder = scratchFolder();
  await listenOnUnix(makeServer(), join(folder, "a/s"));
  expect((lstatSync(join(folder, "a")).mode & 0o777).toString(8)).toBe("755");
  const refused = expect.objectContaining({ code: "SERVICE_UNAVAILABLE", message: expect.stringContaining("ENOENT") });
  await expect(listenOnUnix(makeServer(), join(folder, "b/c/s"))).rejects.toEqual(refused);
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("a socket that nobody answers is replaced", async () => {
  const path = join(scratchFolder(), "s");
  await leaveStale(path);
  await listenOnUnix(makeServer(), path);
  expect(await ask(path)).toBe("ours");
  expect((lstatSync(path).mode & 0o777).toString(8)).toBe("600");
});

test("what a server left that was killed while it did so is no hindrance", async () => {
  const folder = scratchFolder();
  const path = join(folder, "s");
  await leaveStale(path);
  mkdirSync(`${path}.lock`);
  utimesSync(`${path}.lock`, 1, 1);
  await listenOnUnix(makeServer(), path);
  expect(await ask(path)).toBe("ours");
  expect(readdirSync(folder)).toEqual(["s"]);
});

test("of many that find such a thing at one time one gets it, and nothing is left", async () => {
  for (let round = 0; round < 5; round++) {
    const folder = scratchFolder();
    const path = join(folder, "s");
    await leaveStale(path);
    mkdirSync(`${path}.lock`);
    utimesSync(`${path}.lock`, 1, 1);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => listenOnUnix(makeServer(), path)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await ask(path)).toBe("ours");
    expect(readdirSync(folder)).toEqual(["s"]);
  }
});

test.each(["file", "full folder"])("a %s in the place of the lock is told of", async (kind) => {
  const path = join(scratchFolder(), "s");
  const lock = `${path}.lock`;
  await leaveStale(path);
  if (kind === "file") writeFileSync(lock, "precious");
  else mkdirSync(join(lock, "inside"), { recursive: true });
  utimesSync(lock, 1, 1);
  await expect(listenOnUnix(makeServer(), path)).rejects.toMatchObject(unavailable);
  expect(existsSync(lock)).toBe(true);
});

test("a server that listens stays", async () => {
  const folder = scratchFolder();
  const path = join(folder, "s");
  await listenOnUnix(makeServer(), path);
  await expect(listenOnUnix(makeServer(), path)).rejects.toMatchObject(unavailable);
  expect(await ask(path)).toBe("ours");
  expect(readdirSync(folder)).toEqual(["s"]);
});

test("of many at one time one gets it, also where a stale one is in the way", async () => {
  for (let round = 0; round < 5; round++) {
    const folder = scratchFolder();
    const path = join(folder, "s");
    await leaveStale(path);
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => listenOnUnix(makeServer(), path)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await ask(path)).toBe("ours");
    expect(readdirSync(folder)).toEqual(["s"]);
  }
});

test.each(["file", "folder", "link"])("a %s is never taken away", async (kind) => {
  const folder = scratchFolder();
  const path = join(folder, "s");
  if (kind === "file") writeFileSync(path, "precious");
  else if (kind === "folder") mkdirSync(path);
  else symlinkSync("nowhere", path);
  const { ino } = lstatSync(path);
  await expect(listenOnUnix(makeServer(), path)).rejects.toMatchObject(unavailable);
  expect(lstatSync(path).ino).toBe(ino);
  if (kind === "file") expect(readFileSync(path, "utf8")).toBe("precious");
  expect(readdirSync(folder)).toEqual(["s"]);
});

test("what another has put in its place stays at the end, and what has gone is gone", async () => {
  const folder = scratchFolder();
  const path = join(folder, "s");
  const first = await listenOnUnix(makeServer(), path);
  renameSync(path, join(folder, "elsewhere"));
  const second = await listenOnUnix(makeServer(), path);
  await first.remove();
  expect(existsSync(path)).toBe(true);
  await second.remove();
  await second.remove();
  expect(existsSync(path)).toBe(false);
});

test("a path that is too long for what it takes is told of", async () => {
  const folder = scratchFolder();
  const path = join(folder, "x".repeat(104 - folder.length), "s");
  await expect(listenOnUnix(makeServer(), path)).rejects.toMatchObject({ code: "INVALID_OPTION" });
});

test("a folder below a file is told of", async () => {
  await expect(listenOnUnix(makeServer(), "/etc/passwd/s")).rejects.toMatchObject(unavailable);
});

test("another user is refused, and cannot make it where it may not", async ({ skip }) => {
  const missing = requirement("other-users");
  skip(missing !== undefined, missing);
  const folder = scratchFolder();
  chmodSync(folder, 0o755);
  const path = join(folder, "s");
  await listenOnUnix(makeServer(), path);
  const script = `
    const { connect } = require("node:net");
    connect(${JSON.stringify(path)}).on("connect", () => console.log("in")).on("error", ({ code }) => console.log(code));`;
  const run = spawnSync(process.execPath, ["-e", script], { uid: 65_534, gid: 65_534, encoding: "utf8", cwd: "/" });
  expect(run.stdout.trim()).toBe("EACCES");
});
