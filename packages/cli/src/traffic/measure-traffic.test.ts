import { createMonitor, type Monitor, type Process, type SocketOwner } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { measureTraffic } from "./measure-traffic.ts";
import { createProcessNames } from "./process-names.ts";

const NONE = { processes: [] };
const live = (): AbortSignal => new AbortController().signal;

function looking(...times: readonly bigint[]): Pick<Monitor, "traffic"> {
  const looks = times[Symbol.iterator]();
  return { traffic: async () => ({ ...NONE, time: looks.next().value ?? 0n }) };
}

describe("the interval", () => {
  it("is from one look to the next, by the method's clock", async () => {
    const looks = measureTraffic(looking(5n, 12n, 20n), 1, live());
    expect((await looks.next()).value).toMatchObject({ time: 12n, interval: 7n });
    expect((await looks.next()).value).toMatchObject({ time: 20n, interval: 8n });
  });

  it("is the one asked for where that clock was set back, or stands", async () => {
    const looks = measureTraffic(looking(9n, 3n, 3n), 2, live());
    expect((await looks.next()).value).toMatchObject({ interval: 2_000_000n });
    expect((await looks.next()).value).toMatchObject({ interval: 2_000_000n });
  });

  it("ends by its signal, also while it waits", async () => {
    const stop = new AbortController();
    const waiting = measureTraffic(looking(1n), 60_000, stop.signal).next();
    stop.abort();
    await expect(waiting).rejects.toThrow(/abort/);
  });
});

describe("names", () => {
  const owner = (pid: number, startTime: bigint): SocketOwner => ({ pid, startTime });

  it("are asked for once, belong to this very process, and are forgotten with it", async () => {
    const asked: number[] = [];
    const findProcess = async (pid: number): Promise<Process> => {
      asked.push(pid);
      return { pid, startTime: 7n, ppid: 1, comm: "x" };
    };
    const names = createProcessNames({ findProcess });
    expect([...(await names.of([owner(1, 7n), owner(2, 6n)])).keys()]).toEqual(["1:7"]);
    await names.of([owner(1, 7n)]);
    expect(asked).toEqual([1, 2]);
    await names.of([]);
    await names.of([owner(1, 7n)]);
    expect(asked).toEqual([1, 2, 1]);
  });

  it("of a pid that cannot be are unknown", async () => {
    const names = createProcessNames(createMonitor());
    expect((await names.of([0, -1, 2 ** 40].map((pid) => owner(pid, 1n)))).size).toBe(0);
  });
});
