import { closeSync, openSync, statSync } from "node:fs";
import {
  type CheckedConnection,
  DEFAULT_PROCFS,
  type FileIdentity,
  fileIdentity,
  listPids,
  type MonitorMethod,
  type Ownership,
  type ProcessOwnership,
  readProcess,
} from "@procmon/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { runMethodTests } from "../src/index.ts";
import { collectCases } from "./collect-cases.ts";
import { healthyMethod, keyOf } from "./healthy-method.ts";

runMethodTests({ describe, it, createMethod: healthyMethod });

const fileOfNode = fileIdentity(statSync(process.execPath, { bigint: true }));

/** Asserts that the suite fails a method in a certain case. */
async function expectFailure(name: string, message: RegExp, createMethod: () => MonitorMethod): Promise<void> {
  const found = collectCases(createMethod).find((one) => one.name === name);
  expect(found, `the suite has no case "${name}"`).toMatchObject({ skipped: false });
  await expect(found?.run()).rejects.toThrow(message);
}

/** A method whose `findOwner` changes what the healthy one says. */
function answering(change: (healthy: Ownership, connection: CheckedConnection) => Ownership): () => MonitorMethod {
  return () => {
    const healthy = healthyMethod();
    return { ...healthy, findOwner: async (asked) => change(await healthy.findOwner(asked), asked) };
  };
}

describe("the suite fails a method that", () => {
  it("names itself", async () => {
    const wrong: ProcessOwnership = {
      kind: "process",
      confidence: "exact",
      via: "guess",
      owners: [{ pid: process.pid, startTime: 1n }],
    };
    await expectFailure(
      "tcp: listener",
      /actual - expected/,
      answering(() => wrong),
    );
    await expectFailure(
      "a connection that is not there has no owner",
      /process/,
      answering(() => wrong),
    );
  });

  it("tells one owner of several", async () => {
    const first = (found: Ownership): Ownership =>
      found.kind === "process" ? { ...found, owners: [found.owners[0]] } : found;
    await expectFailure("several processes hold one socket", /owners/, answering(first));
  });

  it("takes what is derived for exact", async () => {
    const sure = (found: Ownership): Ownership =>
      found.kind === "process" ? { ...found, confidence: "exact" } : found;
    await expectFailure("udp: unconnected is derived", /confidence/, answering(sure));
  });

  it("never forgets", async () => {
    const memory = new Map<string, Ownership>();
    const remembered = answering((found, asked) => {
      const known = memory.get(keyOf(asked));
      if (known?.kind === "process") return known;
      memory.set(keyOf(asked), found);
      return found;
    });
    await expectFailure("an owner that ended owns nothing", /process/, remembered);
    await expectFailure("a closed socket has no owner, though its process lives", /process/, remembered);
    await expectFailure("a port that changes hands changes its owner", /actual - expected/, remembered);
  });

  it("counts start times in another unit", async () => {
    const inNanoseconds = (found: Ownership): Ownership => {
      if (found.kind !== "process") return found;
      const [first, ...rest] = found.owners;
      return { ...found, owners: [{ ...first, startTime: first.startTime * 10_000_000n }, ...rest] };
    };
    await expectFailure("an answer comes with a process that can be found", /start time/, answering(inNanoseconds));
  });

  it("throws for what it does not know", async () => {
    const throws = answering(() => {
      throw new Error("no such row");
    });
    await expectFailure("every protocol and odd tuples get an answer", /no such row/, throws);
  });

  it("claims what lies in a namespace that nobody can see", async () => {
    const own = answering(() => ({ kind: "kernel", path: "Kernel connection", via: "guess" }));
    await expectFailure("every protocol and odd tuples get an answer", /kernel/, own);
  });

  it("speaks another version", async () => {
    const createMethod = () => ({ ...healthyMethod(), specVersion: 2 }) as unknown as MonitorMethod;
    await expectFailure("is an object of the contract's shape", /Expected values/, createMethod);
  });

  it("reports a result that its checks do not give", async () => {
    const createMethod = (): MonitorMethod => ({
      ...healthyMethod(),
      probe: async () => ({
        result: "available",
        checks: [{ name: "kernel", result: "unavailable", required: true, detail: "too old" }],
      }),
    });
    await expectFailure("probe tells check by check, and changes nothing", /does not follow/, createMethod);
  });

  it("leaves a timer", async () => {
    const timers: NodeJS.Timeout[] = [];
    onTestFinished(() => timers.forEach(clearInterval));
    const createMethod = (): MonitorMethod => ({
      ...healthyMethod(),
      start: async () => void timers.push(setInterval(() => {}, 1_000)),
    });
    await expectFailure("stop alone leaves nothing behind", /still held after stop: active Timeout/, createMethod);
  });

  it("leaves a descriptor", async () => {
    const fds: number[] = [];
    onTestFinished(() => {
      for (const fd of fds) closeSync(fd);
    });
    const createMethod = (): MonitorMethod => ({
      ...healthyMethod(),
      start: async () => void fds.push(openSync("/proc/self/stat", "r")),
    });
    await expectFailure("an abort and stop leave nothing behind", /still held after stop: descriptor/, createMethod);
  });

  it("takes something before it is started", async () => {
    const fds: number[] = [];
    onTestFinished(() => {
      for (const fd of fds) closeSync(fd);
    });
    const createMethod = (): MonitorMethod => {
      fds.push(openSync("/dev/null", "r"));
      return healthyMethod();
    };
    await expectFailure("the factory takes no resource", /still held/, createMethod);
  });

  it("cannot be stopped twice", async () => {
    const createMethod = (): MonitorMethod => {
      let running = true;
      const stop = async () => {
        if (!running) throw new Error("not running");
        running = false;
      };
      return { ...healthyMethod(), stop };
    };
    await expectFailure("stop may be called again, and at the same time", /not running/, createMethod);
  });

  it("shares its state with other instances", async () => {
    let running = false;
    const createMethod = (): MonitorMethod => ({
      ...healthyMethod(),
      start: async () => {
        running = true;
      },
      stop: async () => {
        running = false;
      },
      findOwner: async () => {
        if (!running) throw new Error("not running");
        return { kind: "none", reason: "not-found" };
      },
    });
    await expectFailure("two instances run side by side", /not running/, createMethod);
  });

  it("emits what it does not declare", async () => {
    const createMethod = (): MonitorMethod => ({
      ...healthyMethod(),
      start: async (host) => {
        const found = host.finder.find(process.pid);
        if (found) host.emit({ type: "exec", process: found });
      },
    });
    await expectFailure("no other type is emitted", /exec/, createMethod);
  });

  it("counts no bytes", { timeout: 30_000 }, async () => {
    const createMethod = (): MonitorMethod => ({
      ...healthyMethod(),
      traffic: async () => ({ time: 1n, processes: [] }),
    });
    await expectFailure("the bytes of a connection are counted at both ends", /not within/, createMethod);
  });

  it("declares what it never emits", { timeout: 30_000 }, async () => {
    const healthy = healthyMethod();
    const capabilities = { ...healthy.capabilities, events: { exec: "polled" } } as const;
    await expectFailure("exec arrives, with its process", /no exec event/, () => ({ ...healthy, capabilities }));
  });

  it.each<[string, FileIdentity, RegExp]>([
    ["file", { device: fileOfNode.device, inode: 1n }, /inode is that/],
    ["device", { ...fileOfNode, device: 1 }, /device 1 is not/],
    ["change", { ...fileOfNode, ctime: 1n }, /ctime is that/],
  ])("tells the wrong %s of an executable", async (_, executable, reason) => {
    await expectFailure("exec arrives, with its process", reason, () => tellingExecutable(executable));
  });
});

/** Tells of every new process that it runs this. */
function tellingExecutable(executable: FileIdentity): MonitorMethod {
  const healthy = healthyMethod();
  let timer: NodeJS.Timeout | undefined;
  return {
    ...healthy,
    capabilities: { ...healthy.capabilities, events: { exec: "polled" } },
    start: async (host) => {
      const known = new Set(listPids(DEFAULT_PROCFS));
      timer = setInterval(() => {
        for (const pid of listPids(DEFAULT_PROCFS).filter((pid) => !known.has(pid))) {
          const read = readProcess(DEFAULT_PROCFS, pid);
          if (!read.ok || read.value.path !== process.execPath) continue;
          known.add(pid);
          host.emit({ type: "exec", process: { ...read.value, executable } });
        }
      }, 20);
    },
    stop: async () => clearInterval(timer),
  };
}

it("what is skipped follows from the manifest alone", () => {
  const skipped = collectCases(healthyMethod).filter((one) => one.skipped);
  expect(skipped.map((one) => one.name)).toEqual(
    expect.arrayContaining(["exec arrives, with its process (does not declare exec)"]),
  );
  const { capabilities } = healthyMethod();
  const onlyUdp = () => ({ ...healthyMethod(), capabilities: { ...capabilities, protocols: ["udp" as const] } });
  const names = collectCases(onlyUdp).filter((one) => !one.skipped);
  expect(names.map((one) => one.name)).not.toContain("tcp: listener");
  expect(names.map((one) => one.name)).toContain("udp: connected");
});
