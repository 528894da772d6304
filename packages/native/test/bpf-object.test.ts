import { closeSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BpfObject, NativeError, openBpfObject } from "@procmon/native";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileBpf, missingForBpf } from "./compile-bpf.ts";

const missing = missingForBpf();
let folder = "";
beforeAll(() => {
  if (missing === undefined) folder = compileBpf();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(({ skip }) => skip(missing !== undefined, missing));

const open = (name: string): BpfObject => openBpfObject(readFileSync(join(folder, `${name}.o`)));
const descriptors = (): number => readdirSync("/proc/self/fd").length;

function errorOf(call: () => unknown): NativeError {
  try {
    call();
  } catch (error) {
    if (NativeError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const codeOf = (call: () => unknown): string => errorOf(call).code;

/** A loaded object that tells of this process's renames. */
function loadRenames(settle: (object: BpfObject) => void = () => {}): BpfObject {
  const object = open("renames");
  object.setConstant("traced", process.pid);
  settle(object);
  object.load();
  object.attach("on_rename");
  return object;
}

function rename(): void {
  writeFileSync("/proc/self/comm", readFileSync("/proc/self/comm"));
}

function producedBy(object: BpfObject): bigint {
  const counts = object.map("counts");
  const values = new BigUint64Array(counts.valueSize / 8);
  expect(counts.lookup(new Uint8Array(4), new Uint8Array(values.buffer))).toBe(true);
  // `struct counts` has 24 bytes for each processor.
  return values.reduce((sum, value, at) => (at % 3 === 0 ? sum + value : sum), 0n);
}

describe("an object", () => {
  it("tells what is in it", () => {
    using object = open("refused");
    expect(object.programs).toEqual([
      { name: "good", section: "tp_btf/task_rename" },
      { name: "bad", section: "tp_btf/task_rename" },
      { name: "homeless", section: "tp_btf/no_such_tracepoint" },
    ]);
  });

  it("tells how its structures lie in memory", () => {
    using object = open("renames");
    expect(object.structLayout("nested")).toEqual({
      size: 32,
      fields: {
        first: { offset: 0, size: 16 },
        second: { offset: 16, size: 6 },
        "": { offset: 24, size: 8 },
      },
    });
    expect(object.structLayout("record")).toEqual({
      size: 16,
      fields: {
        number: { offset: 0, size: 8 },
        length: { offset: 8, size: 4 },
        offset: { offset: 12, size: 4 },
        filling: { offset: 16, size: 0 },
      },
    });
    expect(object.structLayout("nobody")).toBeUndefined();
  });

  it("runs while it is attached", () => {
    using object = loadRenames((opened) => opened.setConstant("records_each", 3));
    rename();
    expect(producedBy(object)).toBe(3n);
    expect(codeOf(() => object.attach("on_rename"))).toBe("EBUSY");
    object.detach("on_rename");
    object.detach("on_rename");
    rename();
    expect(producedBy(object)).toBe(3n);
    object.attach("on_rename");
    rename();
    expect(producedBy(object)).toBe(6n);
  });

  it("leaves nothing when it is closed", () => {
    const before = descriptors();
    const object = loadRenames();
    const counts = object.map("counts");
    object.readRing("ring", { onBatch() {}, onError() {} });
    object.close();
    object.close();
    expect(descriptors()).toBe(before);
    expect(codeOf(() => object.attach("on_rename"))).toBe("EBADF");
    expect(codeOf(() => object.map("counts"))).toBe("EBADF");
    expect(codeOf(() => object.structLayout("counts"))).toBe("EBADF");
    expect(codeOf(() => counts.lookup(new Uint8Array(4), new Uint8Array(counts.valueSize)))).toBe("EBADF");
  });

  it("has an order of things", async () => {
    using object = open("renames");
    expect(codeOf(() => object.attach("on_rename"))).toBe("EINVAL");
    expect(codeOf(() => object.map("pairs"))).toBe("EINVAL");
    expect(codeOf(() => object.readRing("ring", { onBatch() {}, onError() {} }))).toBe("EINVAL");
    await expect(object.readIterator("on_rename")).rejects.toMatchObject({ code: "EINVAL" });
    object.load();
    expect(codeOf(() => object.load())).toBe("EBUSY");
    expect(codeOf(() => object.setAutoload("on_rename", false))).toBe("EBUSY");
    expect(codeOf(() => object.resizeMap("pairs", 2))).toBe("EBUSY");
    expect(codeOf(() => object.setConstant("traced", 1))).toBe("EBUSY");
    expect(codeOf(() => object.attach("nobody"))).toBe("ENOENT");
    expect(codeOf(() => object.map("nobody"))).toBe("ENOENT");
    expect(codeOf(() => object.readRing("pairs", { onBatch() {}, onError() {} }))).toBe("EINVAL");
    await expect(object.readIterator("on_rename")).rejects.toMatchObject({ code: "EINVAL" });
  });

  it("is none", () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("no object"), readFileSync(process.execPath).subarray(0, 4096)]) {
      expect(codeOf(() => openBpfObject(bytes))).toBe("ENOEXEC");
    }
  });
});

describe("constants", () => {
  it("take what fits", () => {
    using object = open("renames");
    for (const [name, value] of [
      ["traced", 0xffffffff],
      ["traced", -1],
      ["records_each", 2n ** 64n - 1n],
      ["variety", 65535],
      ["wakes_rarely", true],
      ["offset", -128],
      ["offset", 255],
    ] as const)
      object.setConstant(name, value);
  });

  it("refuse what does not", () => {
    using object = open("renames");
    for (const [name, value] of [
      ["traced", 2 ** 32],
      ["records_each", 2n ** 64n],
      ["records_each", -(2n ** 63n) - 1n],
      ["offset", -129],
      ["wakes_rarely", 256],
    ] as const)
      expect(
        codeOf(() => object.setConstant(name, value)),
        `${name} ${value}`,
      ).toBe("ERANGE");
    // A variable that is no constant; and none.
    expect(codeOf(() => object.setConstant("next_number", 1))).toBe("ENOENT");
    expect(codeOf(() => object.setConstant("nobody", 1))).toBe("ENOENT");
  });
});

describe("a program that is refused", () => {
  it("is named, with what the verifier said", () => {
    using object = open("refused");
    object.setAutoload("homeless", false);
    const error = errorOf(() => object.load());
    expect(error).toMatchObject({ code: "EACCES", program: "bad", syscall: "load" });
    expect(error.message).toContain("bad");
    expect(error.log).toContain("invalid mem access 'map_value_or_null'");
    expect(error.log?.length).toBeLessThanOrEqual(2048);
    expect(codeOf(() => object.load())).toBe("EBADF");
  });

  it("is named where the kernel has no such hook", () => {
    using object = open("refused");
    object.setAutoload("bad", false);
    const error = errorOf(() => object.load());
    expect(error).toMatchObject({ code: "ESRCH", program: "homeless", log: undefined });
    expect(error.message).toContain("no_such_tracepoint");
  });

  it("can be left out", () => {
    using object = open("refused");
    object.setAutoload("bad", false);
    object.setAutoload("homeless", false);
    object.load();
    object.attach("good");
    expect(codeOf(() => object.attach("bad"))).toBe("EINVAL");
  });
});

describe("a map", () => {
  it("is looked up, changed, and holds no more than it has room for", () => {
    using object = open("renames");
    object.resizeMap("pairs", 2);
    object.load();
    const pairs = object.map("pairs");
    expect(pairs).toMatchObject({ keySize: 8, valueSize: 4, maxEntries: 2 });
    expect(object.map("pairs")).toBe(pairs);
    const into = new Uint8Array(4);
    expect(pairs.lookup(key(1), into)).toBe(false);
    pairs.update(key(1), Uint8Array.of(1, 2, 3, 4));
    pairs.update(key(2), Uint8Array.of(5, 6, 7, 8));
    expect(codeOf(() => pairs.update(key(3), into))).toBe("E2BIG");
    expect(pairs.lookup(key(2), into)).toBe(true);
    expect([...into]).toEqual([5, 6, 7, 8]);
    expect(pairs.delete(key(2))).toBe(true);
    expect(pairs.delete(key(2))).toBe(false);
    expect(pairs.lookup(key(2), into)).toBe(false);
  });

  it("takes keys and values of its sizes only", () => {
    using object = open("renames");
    object.load();
    const pairs = object.map("pairs");
    expect(codeOf(() => pairs.lookup(new Uint8Array(7), new Uint8Array(4)))).toBe("EINVAL");
    expect(codeOf(() => pairs.lookup(key(1), new Uint8Array(3)))).toBe("EINVAL");
    expect(codeOf(() => pairs.update(key(1), new Uint8Array(5)))).toBe("EINVAL");
    expect(codeOf(() => pairs.delete(new Uint8Array(9)))).toBe("EINVAL");
  });

  it("has a value for each processor that there may be", () => {
    using object = loadRenames();
    const processors = readFileSync("/sys/devices/system/cpu/possible", "latin1").trim();
    const count = Number(/(\d+)$/.exec(processors)?.[1]) + 1;
    expect(object.map("counts").valueSize).toBe(24 * count);
    rename();
    rename();
    expect(producedBy(object)).toBe(2n);
  });

  function key(number: number): Uint8Array {
    const bytes = new Uint8Array(8);
    bytes[0] = number;
    return bytes;
  }
});

describe("a program that causes what it is called for", () => {
  it("is passed over, which is counted", ({ skip }) => {
    skip(process.arch !== "x64", "only on x64 does the kernel tell of its own page faults");
    using object = open("recursion");
    object.setConstant("of_process", process.pid);
    object.load();
    expect(object.missedRuns("on_fault")).toBe(0);
    object.attach("on_fault");
    // Into memory that was never touched.
    const file = openSync(process.execPath, "r");
    for (let round = 0; round < 16; round++) readSync(file, Buffer.allocUnsafeSlow(1 << 20), 0, 1 << 20, 0);
    closeSync(file);
    expect(object.missedRuns("on_fault")).toBeGreaterThan(0);
  });
});
