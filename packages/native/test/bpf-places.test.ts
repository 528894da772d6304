import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type BpfObject, NativeError, openBpfObject, readTracepointId } from "@procmon/native";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileBpf, missingForBpf } from "./compile-bpf.ts";

const missing = missingForBpf();
let folder = "";
beforeAll(() => {
  if (missing === undefined) folder = compileBpf();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(({ skip }) => skip(missing !== undefined, missing));

function load(name: string, settle: (object: BpfObject) => void = () => {}): BpfObject {
  const object = openBpfObject(readFileSync(join(folder, `${name}.o`)));
  settle(object);
  object.load();
  return object;
}

function seenBy(object: BpfObject, index: number): number {
  const value = Buffer.alloc(8);
  expect(object.map("seen").lookup(Uint8Array.of(index, 0, 0, 0), value)).toBe(true);
  return Number(value.readBigUInt64LE());
}

function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return NativeError.isInstance(error) ? error.code : error;
  }
  return undefined;
}

describe("a program at a cgroup", () => {
  const mount = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/mounts", "latin1"))?.[1] ?? "";
  const place = join(mount, `procmon-native-test-${process.pid}`);
  let cgroup = -1;
  beforeAll(() => {
    if (missing !== undefined) return;
    mkdirSync(place);
    cgroup = openSync(place, "r");
  });
  afterAll(() => {
    if (cgroup < 0) return;
    closeSync(cgroup);
    rmdirSync(place);
  });

  /** A process in the cgroup that makes one socket, and ends. */
  function makeSocket(): void {
    const script =
      'echo $$ > "$1/cgroup.procs" && exec "$0" -e "require(\'dgram\').createSocket(\'udp4\').bind(0).unref()"';
    execFileSync("sh", ["-c", script, process.execPath, place]);
  }

  it("runs beside those of others, which stay when it goes", () => {
    using theirs = load("places");
    theirs.attach("on_socket", { cgroup });
    {
      using ours = load("places");
      ours.attach("on_socket", { cgroup });
      makeSocket();
      expect(seenBy(ours, 0)).toBeGreaterThan(0);
      expect(seenBy(theirs, 0)).toBe(seenBy(ours, 0));
    }
    const before = seenBy(theirs, 0);
    makeSocket();
    expect(seenBy(theirs, 0)).toBeGreaterThan(before);
  });

  it("wants a cgroup", () => {
    using object = load("places");
    expect(codeOf(() => object.attach("on_socket"))).toBe("ENOTSUP");
    const noCgroup = openSync("/", "r");
    expect(codeOf(() => object.attach("on_socket", { cgroup: noCgroup }))).toBe("EBADF");
    closeSync(noCgroup);
  });
});

describe("a program at a tracepoint", () => {
  it("runs with its id, and leaves no mount", () => {
    const mounts = readFileSync("/proc/self/mounts", "latin1");
    const tracepoint = readTracepointId("syscalls", "sys_enter_kill");
    using object = load("places", (opened) => opened.setConstant("traced", process.pid));
    object.attach("on_kill", { tracepoint });
    process.kill(process.pid, 0);
    process.kill(process.pid, 0);
    expect(seenBy(object, 1)).toBe(2);
    object.detach("on_kill");
    process.kill(process.pid, 0);
    expect(seenBy(object, 1)).toBe(2);
    expect(readFileSync("/proc/self/mounts", "latin1")).toBe(mounts);
  });

  it("wants an id", () => {
    using object = load("places");
    expect(codeOf(() => object.attach("on_kill"))).toBe("EINVAL");
    expect(codeOf(() => object.attach("on_kill", { tracepoint: 0x7fffffff }))).toBe("EINVAL");
  });

  it("has a name that the kernel knows", () => {
    expect(codeOf(() => readTracepointId("syscalls", "sys_enter_nothing"))).toBe("ENOENT");
    for (const name of ["", "..", "a/b", "a\0"])
      expect(codeOf(() => readTracepointId("syscalls", name))).toBe("EINVAL");
  });
});

describe("an iterator", () => {
  it("gives all that it writes", async () => {
    using object = load("iterators");
    const pids = new Uint32Array(Uint8Array.from(await object.readIterator("list_tasks")).buffer);
    expect([...pids]).toEqual(expect.arrayContaining([process.pid, process.ppid]));
    expect(new Set(pids).size).toBe(pids.length);
  });

  it("gives more than one reading", async () => {
    using object = load("iterators", (opened) => opened.setConstant("repeats", 256));
    const [first, second] = await Promise.all([object.readIterator("list_tasks"), object.readIterator("list_tasks")]);
    for (const bytes of [first, second]) {
      const own = new Uint32Array(Uint8Array.from(bytes).buffer).filter((pid) => pid === process.pid);
      expect(own.length).toBe(256);
    }
  });

  it("goes through a map", async () => {
    using object = load("iterators");
    expect(await object.readIterator("list_entries", { map: "entries" })).toEqual(Buffer.alloc(0));
    const map = object.map("entries");
    for (let key = 0; key < 4000; key++) map.update(numberBytes(key, 4), numberBytes(key * 3, 8));
    const bytes = await object.readIterator("list_entries", { map: "entries" });
    const pairs = new BigUint64Array(Uint8Array.from(bytes).buffer);
    expect(pairs.length).toBe(8000);
    expect(pairs.every((value, at) => at % 2 === 0 || value === (pairs[at - 1] ?? 0n) * 3n)).toBe(true);
    await expect(object.readIterator("list_entries")).rejects.toMatchObject({ code: "EBADF" });
    await expect(object.readIterator("list_entries", { map: "nobody" })).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("goes through what is stored at sockets", async () => {
    using object = load("iterators");
    const server = createServer().listen(0);
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    object.map("sockets").update(numberBytes(fd, 4), numberBytes(42, 8));
    expect(await object.readIterator("list_sockets", { map: "sockets" })).toEqual(Buffer.from(numberBytes(42, 8)));
    server.close();
  });

  it("is read to its end though the object is closed", async () => {
    const object = load("iterators");
    const reading = object.readIterator("list_tasks");
    object.close();
    expect((await reading).length).toBeGreaterThan(0);
  });

  function numberBytes(number: number, size: number): Uint8Array {
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32LE(number);
    return bytes;
  }
});

it("without privileges there is one clear sentence", ({ skip }) => {
  const source = JSON.stringify(join(import.meta.dirname, "..", "src", "index.ts"));
  const program = `
    const { openBpfObject } = await import(${source});
    const { readFileSync } = await import("node:fs");
    try { openBpfObject(readFileSync(0)).load(); } catch ({ code, message, log }) { console.log(JSON.stringify([code, message, log])); }`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--no-warnings", "--input-type=module", "-e", program],
    { input: readFileSync(join(folder, "renames.o")), encoding: "utf8", uid: 65534, gid: 65534, cwd: "/" },
  );
  skip(status !== 0 && stderr.includes("EACCES"), "other users may not read this checkout");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(["EPERM", "bpf load failed: operation not permitted (EPERM).", null]);
});
