import { beforeEach, describe, expect, it } from "vitest";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { diagRow } from "../sockets/tables.test-kit.ts";
import { A, asked, B, createLookupScene, ENDS, type LookupScene, listening } from "./lookup-scene.test-kit.ts";

const { kernel, ofListener } = SOCKET_FLAGS;

let scene: LookupScene;

beforeEach(() => {
  scene = createLookupScene();
});

describe("a lookup in the kernel's table", () => {
  it("names the process of a connection", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A) });
    expect(await scene.lookup.find(asked)).toEqual({
      kind: "process",
      confidence: "exact",
      via: "ebpf",
      owners: [{ pid: A, startTime: 100n, comm: `c${A}`, path: `/bin/${A}` }],
    });
    expect(scene.searches).toBe(0);
    expect(scene.lookup.stats()).toMatchObject({ tableHits: 1, lookupSearches: 0 });
  });

  it("names the listener, and says so, where nobody has accepted", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A), flags: ofListener });
    expect(await scene.lookup.find(asked)).toMatchObject({
      confidence: "derived",
      via: "listener",
      owners: [{ pid: A }],
    });
  });

  it("names the kernel", async () => {
    scene.owners.set(asked, { flags: kernel });
    expect(await scene.lookup.find(asked)).toEqual({ kind: "kernel", path: "Kernel connection", via: "ebpf" });
  });

  it("derives the owner of a datagram from the socket that is bound to its port", async () => {
    scene.owners.set({ ...listening, protocol: "udp" }, { pid: A, start: scene.live(A) });
    const udp = { ...asked, protocol: "udp" } as const;
    expect(await scene.lookup.find(udp)).toMatchObject({ confidence: "derived", via: "ebpf", owners: [{ pid: A }] });
    expect(await scene.lookup.find({ ...listening, protocol: "udp" })).toMatchObject({ confidence: "exact" });
  });

  it("derives the owner of a TCP connection from its listener, where the kernel has no other socket for it", async () => {
    scene.owners.set(listening, { pid: A, start: scene.live(A) });
    const derived = { confidence: "derived", via: "listener", owners: [{ pid: A }] };
    expect(await scene.lookup.find(asked)).toMatchObject(derived);
    scene.tables.rows.push(diagRow(listening, { state: "listen", inode: 4 }));
    expect(await scene.lookup.find(asked)).toMatchObject(derived);
    expect(scene.searches).toBe(0);
    // In a network namespace that cannot be entered the table is all that there is.
    scene.owners.set({ ...listening, netns: 7 }, { pid: A, start: scene.live(A) });
    expect(await scene.lookup.find({ ...asked, netns: 7 })).toMatchObject(derived);
  });

  it("does not take a connection in TIME_WAIT for the listener's", async () => {
    scene.owners.set(listening, { pid: A, start: scene.live(A) });
    scene.tables.rows.push(diagRow(asked, { state: "time-wait" }));
    expect(await scene.lookup.find(asked)).toEqual({ kind: "none", reason: "time-wait" });
  });

  it("searches for a connection that the table has lost, though its listener is there", async () => {
    scene.owners.set(listening, { pid: A, start: scene.live(A) });
    scene.tables.rows.push(diagRow(asked, { inode: 9 }));
    scene.held.push({ pid: B, start: scene.live(B), ends: ENDS, inode: 9, fd: 3, state: 1 });
    expect(await scene.lookup.find(asked)).toMatchObject({
      confidence: "exact",
      via: "ebpf",
      owners: [{ pid: B, fd: 3 }],
    });
  });

  it("waits for the news of a process that it does not know yet", async () => {
    scene.owners.set(asked, { pid: A, start: 1_000_000_000n });
    scene.onFlush = () => scene.live(A);
    expect(await scene.lookup.find(asked)).toMatchObject({ owners: [{ pid: A, path: `/bin/${A}` }] });
    expect(scene.searches).toBe(0);
  });
});

describe("a process that has ended before anything was read of it", () => {
  it("is named, since it owned the connection when that was asked for", async () => {
    scene.owners.set(asked, { pid: A, start: 1_000_000_000n });
    scene.onFlush = () => {
      scene.live(A);
      scene.end(A);
      scene.owners.delete(asked);
    };
    expect(await scene.lookup.find(asked)).toMatchObject({
      confidence: "exact",
      owners: [{ pid: A, path: `/bin/${A}` }],
    });
    expect(scene.searches).toBe(0);
  });

  it("is named by what it ran last", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A, "/bin/parent") });
    scene.isOutdated = true;
    scene.onFlush = () => {
      scene.live(A, "/bin/own");
      scene.end(A);
      scene.owners.delete(asked);
    };
    expect(await scene.lookup.find(asked)).toMatchObject({ owners: [{ pid: A, path: "/bin/own" }] });
  });

  it("is nobody's owner where its end was known", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A) });
    scene.end(A);
    expect((await scene.lookup.find(asked)).kind).toBe("none");
  });

  it("is not named for a connection that is not the listener's", async () => {
    scene.owners.set(listening, { pid: A, start: 1_000_000_000n });
    scene.tables.rows.push(diagRow(asked, { state: "time-wait" }));
    scene.onFlush = () => void scene.live(A);
    expect(await scene.lookup.find(asked)).toMatchObject({ kind: "none", reason: "time-wait" });
  });
});

describe("what a process runs", () => {
  it("is read before it is told, where it may have changed", async () => {
    scene.owners.set(asked, { pid: A, start: scene.live(A) });
    scene.isOutdated = true;
    scene.onFlush = () => scene.live(A, "/bin/new");
    expect(await scene.lookup.find(asked)).toMatchObject({ owners: [{ pid: A, path: "/bin/new" }] });
    expect(scene.searches).toBe(0);
  });
});

describe("what a process runs, where execs wait to be read,", () => {
  it("is told at once if it runs that still", async () => {
    scene.live(process.pid, process.execPath);
    scene.owners.set(asked, { pid: process.pid, start: 1_000_000_000n });
    scene.isOutdated = true;
    let flushes = 0;
    scene.onFlush = () => flushes++;
    expect(await scene.lookup.find(asked)).toMatchObject({ owners: [{ path: process.execPath }] });
    expect(flushes).toBe(0);
    scene.unreadForks.add(process.pid);
    await scene.lookup.find(asked);
    expect(flushes).toBe(1);
    scene.unreadForks.clear();
    flushes = 0;
    scene.live(process.pid, "/bin/old");
    await scene.lookup.find(asked);
    expect(flushes).toBe(1);
  });
});
