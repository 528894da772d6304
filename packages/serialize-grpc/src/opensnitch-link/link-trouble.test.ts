import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { encodeOpenSnitchPingReply } from "../opensnitch/messages.ts";
import { someConnect, startFakeMonitor } from "./fake-monitor.test-kit.ts";
import { socketAddress, startFakeUi } from "./fake-ui.test-kit.ts";
import { PATIENT, rowsOf, startFastLink } from "./start-link.test-kit.ts";

const GARBAGE = Buffer.from("ff".repeat(40), "hex");

/** Listens without being a gRPC server. */
async function listen(onSocket: (socket: Socket) => void): Promise<string> {
  const address = socketAddress();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(address.slice(7), resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return address;
}

describe("a UI that is not there", () => {
  test("is logged once, with what to do, and once more when it is gone again", async () => {
    const fake = await startFakeMonitor();
    const address = socketAddress();
    const seen: string[] = [];
    const log = { debug() {}, info: (line: string) => void seen.push(line), warn() {}, error() {} };
    const { link, told } = startFastLink(fake, { address, log });
    const missing = `No OpenSnitch UI runs at ${address}. Start opensnitch-ui with --socket ${address}.`;
    await expect.poll(() => told.length, PATIENT).toBeGreaterThan(6);
    expect(seen).toEqual([missing]);
    const ui = await startFakeUi({ address });
    await expect.poll(() => link.state, PATIENT).toBe("connected");
    ui.kill();
    const before = told.length;
    await expect.poll(() => told.length, PATIENT).toBeGreaterThan(before + 6);
    expect(seen.filter((line) => line === missing)).toHaveLength(2);
  });

  test("is waited for, in words for the user, and told of what was before it", async () => {
    const fake = await startFakeMonitor();
    const address = socketAddress();
    const { link, told } = startFastLink(fake, { address });
    fake.host.emit(someConnect(1));
    await expect.poll(() => told.length, PATIENT).toBeGreaterThan(2);
    expect(told.slice(0, 2)).toEqual([
      `waiting: SERVICE_UNAVAILABLE No OpenSnitch UI runs at ${address}. Start opensnitch-ui with --socket ${address}.`,
      "connecting",
    ]);
    const ui = await startFakeUi({ address });
    await expect.poll(() => link.state, PATIENT).toBe("connected");
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(1);
  });

  test("any more is waited for, and the next one gets what came meanwhile, once", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    const { link, told } = startFastLink(fake, { address: ui.address });
    fake.host.emit(someConnect(1));
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(1);
    ui.kill();
    await expect.poll(() => link.state, PATIENT).not.toBe("connected");
    fake.host.emit(someConnect(2));
    const next = await startFakeUi({ address: ui.address });
    await expect.poll(() => rowsOf(next).length, PATIENT).toBeGreaterThan(0);
    expect(rowsOf(next).map(({ connection }) => connection?.processId)).toEqual([2]);
    expect(next.pings[0]?.stats).toMatchObject({ connections: 2n, ignored: 0n });
    expect(told.filter((line) => line === "connected")).toHaveLength(2);
  });

  test("is waited for anew after it was there for a while: not as long as for one that never was", async () => {
    const fake = await startFakeMonitor();
    const address = socketAddress();
    const { told } = startFastLink(fake, { address }, { longestWaitMs: 60_000 });
    const attempts = () => told.filter((line) => line === "connecting").length;
    // The next wait is of more than two seconds, then.
    await expect.poll(attempts, PATIENT).toBeGreaterThan(6);
    const ui = await startFakeUi({ address });
    await expect.poll(() => ui.pings.length, { timeout: 30_000 }).toBeGreaterThan(30);
    ui.kill();
    const before = attempts();
    await expect.poll(attempts, { timeout: 10_000 }).toBeGreaterThan(before + 2);
  });

  test("any longer, though its socket is, is left and called again", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    const { told } = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    ui.endStreams();
    await expect.poll(() => ui.hosts.length, PATIENT).toBe(2);
    expect(told).toContainEqual(expect.stringContaining("has ended the connection"));
    expect(ui.open).toBeLessThanOrEqual(1);
  });

  test("but something that says nothing, or that is no gRPC server", async () => {
    const fake = await startFakeMonitor();
    const silent = startFastLink(fake, { address: await listen(() => {}) }, { answerMs: 200 });
    const rude = startFastLink(fake, { address: await listen((socket) => socket.end(GARBAGE)) }, { answerMs: 200 });
    for (const { told } of [silent, rude]) {
      await expect.poll(() => told.length, PATIENT).toBeGreaterThan(3);
      expect(told.filter((line) => line.startsWith("waiting: SERVICE_UNAVAILABLE ")).length).toBeGreaterThan(1);
    }
  });
});

describe("a UI that misbehaves", () => {
  test.for(["Subscribe", "Ping"] as const)("and does not answer %s is left", async (name) => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ hangs: [name] })];
    const { told } = startFastLink(fake, { address: ui.address }, { answerMs: 100 });
    await expect.poll(() => ui.hosts.length, PATIENT).toBeGreaterThan(1);
    expect(told[0]).toBe(
      `waiting: SERVICE_UNAVAILABLE What listens at ${ui.address} does not answer. ` +
        "If it is opensnitch-ui and hangs, start it anew.",
    );
  });

  test("and does not confirm what it was told costs nothing: the next one is told of it", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ hangs: ["Ping"] })];
    startFastLink(fake, { address: ui.address });
    fake.host.emit(someConnect(1));
    // The first ping may have been on its way before.
    await expect.poll(() => ui.pings.length, PATIENT).toBe(1);
    ui.kill();
    const next = await startFakeUi({ address: ui.address });
    await expect.poll(() => rowsOf(next).length, PATIENT).toBe(1);
    expect(next.pings.at(-1)?.stats).toMatchObject({ connections: 1n, ignored: 0n });
  });

  test.for([
    ["Subscribe", GARBAGE],
    ["Ping", GARBAGE],
    ["Ping", encodeOpenSnitchPingReply({ id: 5n })],
  ] as const)("and answers %s with something else is none", async ([name, bytes]) => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ answers: { [name]: bytes } })];
    const { told } = startFastLink(fake, { address: ui.address });
    await expect.poll(() => told[0], PATIENT).toContain(`What answers at ${ui.address} is no OpenSnitch UI.`);
    await expect.poll(() => ui.hosts.length, PATIENT).toBeGreaterThan(1);
  });

  test("and answers an alert with something else gets the next one all the same", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ answers: { PostAlert: GARBAGE } })];
    const { link } = startFastLink(fake, { address: ui.address });
    for (let count = 1; count <= 3; count++) fake.host.lost({ source: "ring", cause: "full", count });
    await expect.poll(() => ui.alerts.length, PATIENT).toBe(3);
    await sleep(100);
    expect(ui.alerts).toHaveLength(3);
    expect(link.state).toBe("connected");
  });

  test("and sends garbage for notifications is passed over", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    const { link } = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    for (let length = 1; length <= GARBAGE.length; length++) ui.notifyBytes(GARBAGE.subarray(0, length));
    ui.notify({ id: 77n, type: 999 as never });
    await expect.poll(() => ui.replies.map(({ id }) => id), PATIENT).toEqual([0n, 77n]);
    expect(link.state).toBe("connected");
  });

  test("and has 10,000 wishes at once gets as many refusals", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    const { link } = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    for (let id = 1n; id <= 10_000n; id++) ui.notify({ id, type: Number(id % 20n) as never, data: "{}" });
    await expect.poll(() => ui.replies.length, PATIENT).toBe(10_001);
    expect(ui.replies.slice(1).map(({ id }) => id)).toEqual([...Array(10_000).keys()].map((id) => BigInt(id + 1)));
    expect(ui.replies.slice(1).every(({ code, data }) => code === 1 && data.startsWith("Procmon "))).toBe(true);
    expect(link.state).toBe("connected");
  });

  test("and does not read the answers is no longer read, and told of everything else", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ isDeaf: true })];
    const { link } = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    const data = "x".repeat(1000);
    for (let id = 1n; id <= 40_000n; id++) ui.notify({ id, type: 6, data });
    fake.host.emit(someConnect(4));
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(1);
    // Buffers on the way hold some of them.
    await sleep(500);
    expect(ui.unread).toBeGreaterThan(20_000);
    expect(link.state).toBe("connected");
    await link.stop();
    await expect.poll(() => ui.open, PATIENT).toBe(0);
  });
});
