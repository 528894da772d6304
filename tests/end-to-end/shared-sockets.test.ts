import { spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { between, type MadeSocket, pidsOf, unconnected } from "./support/sockets.ts";
import { foundHolder, startMonitor } from "./support/start-monitor.ts";

needs("cc", "root");

const ascending = (pids: readonly number[]) => [...pids].sort((a, b) => a - b);

describe("one socket, several processes", () => {
  test("all holders are owners, and one that ends is none any more", async () => {
    await using fixture = await spawnFixture<MadeSocket & { children: number[] }>("share-socket", ["fork", "3"]);
    const { pid, port, children, fd } = fixture.ready;
    await using monitor = await startMonitor();
    const tuple = unconnected("tcp", "127.0.0.1", port);
    const owner = await monitor.findOwner(tuple);
    expect(pidsOf(owner)).toEqual(ascending([pid, ...children]));
    expect(owner).toMatchObject({ confidence: "exact", owners: [{ fd }, { fd }, { fd }, { fd }] });
    const [ended, ...rest] = children as [number, ...number[]];
    process.kill(ended, "SIGKILL");
    await expect.poll(() => monitor.findOwner(tuple).then(pidsOf)).toEqual(ascending([pid, ...rest]));
  });

  test("a holder that comes later is found, although the connection is known", async () => {
    await using fixture = await spawnFixture<MadeSocket>("share-socket", ["fork", "0"]);
    const { port } = fixture.ready;
    await using monitor = await startMonitor();
    const tuple = unconnected("tcp", "127.0.0.1", port);
    expect(pidsOf(await monitor.findOwner(tuple))).toEqual([fixture.pid]);
    fixture.tell();
    const { pid: child } = await fixture.next();
    const both = ascending([fixture.pid, child]);
    await expect.poll(() => monitor.findOwner(tuple).then(pidsOf), { timeout: 5_000 }).toEqual(both);
  });

  test("SO_REUSEPORT: every listener of the port, and derived, as the kernel decides for each connection", async () => {
    await using fixture = await spawnFixture<{ pid: number; port: number; listeners: MadeSocket[] }>("share-socket", [
      "reuse-port",
      "2",
    ]);
    const { port, listeners } = fixture.ready;
    await using monitor = await startMonitor();
    const owner = await monitor.findOwner(unconnected("tcp", "127.0.0.1", port));
    expect(pidsOf(owner)).toEqual(ascending(listeners.map((listener) => listener.pid)));
    expect(owner).toMatchObject({ confidence: "derived" });
    const { sockets } = await monitor.snapshot({ families: ["inet"] });
    for (const { inode, pid } of listeners) {
      const entry = sockets.find((socket) => socket.inode === inode);
      expect(entry && pidsOf(entry.ownership)).toEqual([pid]);
    }
  });
});

describe("descriptors passed over a unix socket", () => {
  test("who received it owns it, who made and sent it does not", async () => {
    await using fixture = await spawnFixture<MadeSocket & { child: number }>("share-socket", ["pass"]);
    const { port, child, fd } = fixture.ready;
    await using monitor = await startMonitor();
    const owner = await monitor.findOwner(unconnected("tcp", "127.0.0.1", port));
    expect(owner).toMatchObject({ kind: "process", owners: [foundHolder({ pid: child, fd })] });
    expect(pidsOf(owner)).toEqual([child]);
  });

  test("in flight nobody holds it, and it is not the kernel's; received, it has an owner", async () => {
    await using fixture = await spawnFixture<MadeSocket>("share-socket", ["in-flight"]);
    const { port, inode } = fixture.ready;
    await using monitor = await startMonitor();
    const tuple = unconnected("tcp", "127.0.0.1", port);
    const { sockets, visibility } = await monitor.snapshot({ families: ["inet"] });
    // A process that may not be looked at could be the holder: in some sandboxes, pid 1 is such a one.
    const unknown = visibility.pidsReadable === visibility.pidsTotal ? "none: unheld" : "hidden";
    expect(pidsOf(await monitor.findOwner(tuple))).toBe(unknown);
    const entry = sockets.find((socket) => socket.inode === inode);
    expect(entry && pidsOf(entry.ownership)).toBe(unknown);
    fixture.tell();
    await fixture.next();
    expect(pidsOf(await monitor.findOwner(tuple))).toEqual([fixture.pid]);
  });
});

describe("connections that nobody has accepted", () => {
  test("are the listener's, derived", async () => {
    await using server = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
    const { port } = server.ready;
    await using client = await spawnFixture<MadeSocket>("open-socket", ["tcp", "-", "0", `connect=127.0.0.1/${port}`]);
    await using monitor = await startMonitor();
    const owner = await monitor.findOwner(between("tcp", ["127.0.0.1", port], ["127.0.0.1", client.ready.port]));
    expect(pidsOf(owner)).toEqual([server.pid]);
    expect(owner).toMatchObject({ confidence: "derived", via: "listener" });
  });
});
