import { spawn } from "node:child_process";
import { once } from "node:events";
import { DEFAULT_PROCFS, type Loss } from "@procmon/core";
import { NativeError } from "@procmon/native";
import { requirement } from "@procmon-internal/fixtures";
import { beforeEach, describe, expect, it } from "vitest";
import { createProcessWatch } from "../src/events/process-watch.ts";
import { findNative, type NativeAccess } from "../src/native-access.ts";
import type { ScannedEvent } from "../src/scan/scan-messages.ts";
import { end, until } from "./connections.ts";

const NATIVE = await findNative();

beforeEach(({ skip }) => {
  const missing = requirement("root");
  skip(missing !== undefined, missing);
});

describe("where the kernel has too little room", () => {
  it("counts what it dropped, and finds out what lives and what has ended", async () => {
    const events: ScannedEvent[] = [];
    const losses: Loss[] = [];
    const watch = createProcessWatch({
      procfs: DEFAULT_PROCFS,
      captureEnv: false,
      native: NATIVE,
      wanted: "connector",
      // A few datagrams.
      bufferBytes: 4096,
      emit: (some) => void events.push(...some),
      mayEmit: () => true,
      lost: (loss) => void losses.push(loss),
      onSource() {},
    });
    const before = spawn("sleep", ["60"], { stdio: "ignore" });
    const processes = [before];
    // Even the kernel's answer may find no room.
    await until(() => {
      watch.start();
      return watch.source.how === "connector";
    });
    try {
      // This process stands still meanwhile: else its reader keeps up even with so little room.
      const forks = "for n in $(seq 100); do (true) & (true) & (true) & done; wait";
      const storm = spawn("/bin/sh", ["-c", `read go; kill -STOP ${process.pid}; ${forks}; kill -CONT ${process.pid}`]);
      const during = spawn("sleep", ["60"], { stdio: "ignore" });
      processes.push(during);
      before.kill();
      storm.stdin.end("go\n");
      await once(storm, "exit");
      const typesOf = (pid?: number) => {
        return events.flatMap((event) => ("process" in event && event.process.pid === pid ? [event.type] : []));
      };
      await until(() => losses.length > 0 && watch.counters.reconciliations > 0);
      await until(() => typesOf(before.pid).includes("exit") && typesOf(during.pid).length > 0);
      during.kill();
      await until(() => typesOf(during.pid).includes("exit"));
      expect(typesOf(before.pid)).toEqual(["exit"]);
      expect(typesOf(during.pid).filter((type) => type === "exit")).toHaveLength(1);
      expect(losses.every(({ source }) => source === "proc-connector")).toBe(true);
      const dropped = losses.filter(({ cause }) => cause === "overrun").reduce((sum, { count }) => sum + count, 0);
      expect(watch.counters.kernelLost).toBe(dropped);
    } finally {
      watch.stop();
      for (const child of processes) await end(child);
    }
  });
});

describe("faults", () => {
  /** A watch that runs, with something of the native half replaced. */
  function startWatch(replace: (native: NativeAccess) => Partial<NativeAccess>) {
    if (!NATIVE.native) throw new Error("there is no native half");
    const native: NativeAccess = { ...NATIVE.native, ...replace(NATIVE.native) };
    const sources: string[] = [];
    const watch = createProcessWatch({
      procfs: DEFAULT_PROCFS,
      captureEnv: false,
      native: { native },
      wanted: "connector",
      emit() {},
      mayEmit: () => true,
      lost() {},
      onSource: (source) => sources.push("reason" in source ? `${source.how} ${source.reason}` : source.how),
    });
    watch.start();
    expect(watch.source).toEqual({ how: "connector" });
    expect(watch.counters).toMatchObject({ reconciliations: 0, resubscriptions: 0 });
    return { watch, sources };
  }

  it("a suspended machine: all is compared with /proc once more", async () => {
    let suspended = 0n;
    // A machine cannot be suspended by its tests: its clock says that it was.
    const { watch } = startWatch(({ readClocks }) => ({
      readClocks() {
        const clocks = readClocks();
        return { ...clocks, boottime: clocks.boottime + suspended };
      },
    }));
    suspended = 60_000_000_000n;
    await until(() => watch.counters.reconciliations > 0);
    expect(watch.counters.resubscriptions).toBe(watch.counters.reconciliations);
    watch.stop();
  });

  it("a socket that fails: it polls, and subscribes again", async () => {
    const failing: ((error: NativeError) => void)[] = [];
    const { watch, sources } = startWatch(({ openNetlinkSocket }) => ({
      openNetlinkSocket(options) {
        const socket = openNetlinkSocket(options);
        const read: typeof socket.read = (readerOptions) => {
          failing.push(readerOptions.onError);
          return socket.read(readerOptions);
        };
        return new Proxy(socket, { get: (target, name) => (name === "read" ? read : Reflect.get(target, name)) });
      },
    }));
    failing.at(-1)?.(new NativeError("EIO", "recvmmsg failed: i/o error (EIO).", "recvmmsg"));
    expect(watch.isPolling).toBe(true);
    await until(() => {
      watch.round();
      return !watch.isPolling;
    });
    expect(sources).toEqual([expect.stringMatching(/^poll .*EIO/), "connector"]);
    watch.stop();
  });
});
