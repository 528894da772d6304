import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMonitor } from "@procmon/core";
import { serve } from "@procmon/serialize-grpc/server";
import { spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { execOf, syntheticMethod } from "../../packages/serialize-grpc/src/service/synthetic-method.test-kit.ts";
import { makeAuthority, missingOpenssl } from "../../packages/serialize-grpc/src/tls/certificates.test-kit.ts";
import { needs } from "./support/needs.ts";
import { type CallResult, type Message, nobodysPid, startPythonClient } from "./support/python-grpc.ts";
import { pythonModules } from "./support/python-modules.ts";
import type { PythonPeer } from "./support/python-peer.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { serveOnSocket } from "./support/serve-on-socket.ts";
import type { MadeSocket } from "./support/sockets.ts";
import { METHOD, startMonitor } from "./support/start-monitor.ts";

needs("cc");
const modules = pythonModules();
const ORIGINS = ["protoc", "reflection"] as const;

const openSocket = (...args: string[]) => spawnFixture<MadeSocket>("open-socket", args);
const ask = (python: PythonPeer, call: string, request: Message = {}) => python.ask<CallResult>({ call, request });

/** Processes in the order of their pids, or how many are missing. */
type Part = { readonly first: number; readonly last: number } | { readonly lost: Message };

/** Reads the stream that is open up to the first event that fits. */
async function nextEvent(python: PythonPeer, fits: (event: Message) => boolean): Promise<Message> {
  for (;;) {
    const { response, ...failure } = await python.ask<CallResult>({ take: true });
    if (response === undefined) throw new Error(`the stream is over: ${JSON.stringify(failure)}`);
    const found = ((response.events ?? []) as readonly Message[]).find(fits);
    if (found !== undefined) return found;
  }
}

describe.each(ORIGINS)("a Python client, with messages of %s", (origin) => {
  test("watches a connection, and its process", async () => {
    await using monitor = await startMonitor();
    const { address } = await serveOnSocket(monitor);
    await using listener = await openSocket("tcp", "127.0.0.1", "0", "listen");
    const { port } = listener.ready;
    const python = await startPythonClient(address, modules(), origin);
    await python.ask({ open: "Watch", request: { types: ["EVENT_TYPE_CONNECT"], ports: [port] } });
    expect(await python.ask({ take: true })).toEqual({ response: { start: { method: METHOD } } });

    await using client = await openSocket("tcp", "127.0.0.1", "0", `connect=127.0.0.1/${port}`);
    const event = await nextEvent(python, ({ connect }) => connect !== undefined);
    expect(event).toMatchObject({
      method: METHOD,
      time: expect.stringMatching(/^\d{19}$/),
      connect: {
        connection: {
          protocol: "PROTOCOL_TCP",
          srcIp: "127.0.0.1",
          srcPort: client.ready.port,
          dstIp: "127.0.0.1",
          dstPort: port,
        },
        ownership: { process: { confidence: "CONFIDENCE_EXACT", owners: [{ pid: client.pid }] } },
        process: {
          pid: client.pid,
          ppid: process.pid,
          comm: "open-socket",
          path: expect.stringMatching(/\/open-socket$/),
          args: { values: expect.arrayContaining(["tcp", "127.0.0.1"]) },
          tree: { ancestors: expect.arrayContaining([expect.objectContaining({ pid: process.pid })]) },
        },
      },
    });
    expect(await python.ask({ cancel: true })).toEqual({});
  });

  test("asks for owners, processes, sockets and counters", async () => {
    await using monitor = await startMonitor();
    const { address } = await serveOnSocket(monitor);
    await using listener = await openSocket("tcp", "127.0.0.1", "0", "listen");
    const { port, pid } = listener.ready;
    const python = await startPythonClient(address, modules(), origin);
    const connection = { protocol: "PROTOCOL_TCP", srcIp: "127.0.0.1", srcPort: port, dstIp: "0.0.0.0" };
    const ownership = { process: { confidence: "CONFIDENCE_EXACT", owners: [{ pid, comm: "open-socket" }] } };
    expect(await ask(python, "FindOwner", { connection })).toMatchObject({ response: { ownership } });

    const { response } = await ask(python, "FindProcess", { pid: process.pid });
    const path = realpathSync(process.execPath);
    expect(response).toMatchObject({
      process: { pid: process.pid, ppid: process.ppid, path, uid: process.getuid?.() },
    });
    const { startTime } = (await monitor.findProcess(process.pid)) ?? {};
    expect(response).toMatchObject({ process: { startTime: String(startTime) } });
    expect(response).not.toHaveProperty("process.env");

    const { responses = [] } = await ask(python, "Snapshot");
    const visibility = { pidsTotal: expect.any(Number), pidsReadable: expect.any(Number) };
    expect(responses[0]).toMatchObject({ start: { method: METHOD, visibility } });
    const sockets = responses.flatMap((part) => (part.sockets ?? []) as readonly Message[]);
    const inet = { connection: expect.objectContaining({ srcPort: port, protocol: "PROTOCOL_TCP" }) };
    expect(sockets).toContainEqual(expect.objectContaining({ state: "SOCKET_STATE_LISTEN", inet }));

    const stats = await ask(python, "Stats");
    expect(stats).toMatchObject({ response: { method: METHOD, service: { clients: 1 } } });
    expect(stats).toMatchObject({ response: { lookups: { count: "1", byKind: { process: "1" } } } });
  });
});

test("what cannot be is refused with the status that says why", async () => {
  await using monitor = await startMonitor();
  const { address } = await serveOnSocket(monitor);
  const python = await startPythonClient(address, modules());
  const connection = { protocol: "PROTOCOL_TCP", srcIp: "not an address", dstIp: "127.0.0.1" };
  expect(await ask(python, "FindOwner", { connection })).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(await ask(python, "FindOwner")).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(await ask(python, "FindProcess", { pid: nobodysPid() })).toMatchObject({ code: "NOT_FOUND" });
  const secret = await ask(python, "FindProcess", { pid: process.pid, env: true });
  expect(secret).toMatchObject({ code: "FAILED_PRECONDITION" });
  await python.ask({ open: "Watch", request: { types: [99] } });
  expect(await python.ask({ take: true })).toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("a stream ends when the monitor stops", async () => {
  await using monitor = await startMonitor();
  const { address } = await serveOnSocket(monitor);
  const python = await startPythonClient(address, modules());
  await python.ask({ open: "Watch", request: { types: ["EVENT_TYPE_LISTEN"] } });
  expect(await python.ask({ take: true })).toMatchObject({ response: { start: {} } });
  expect(await python.ask({ health: "procmon.v1.Procmon" })).toEqual({ response: { status: "SERVING" } });
  expect(await python.ask({ health: "" })).toEqual({ response: { status: "SERVING" } });
  expect(await python.ask({ health: "nobody.Knows" })).toMatchObject({ code: "NOT_FOUND" });
  await monitor.stop();
  await expect.poll(() => python.ask({ take: true }), { timeout: 30_000 }).toEqual({ over: true });
  expect(await python.ask({ health: "procmon.v1.Procmon" })).toEqual({ response: { status: "NOT_SERVING" } });
});

test("reflection lists the services, and gives the descriptors that protoc makes of the .proto files", async () => {
  await using monitor = await startMonitor();
  const { address } = await serveOnSocket(monitor);
  const python = await startPythonClient(address, modules());
  const { names } = await python.ask<{ names: readonly string[] }>({ services: true });
  expect(names).toContain("procmon.v1.Procmon");
  expect(names).toContain("grpc.health.v1.Health");
  const files = ["connection", "event", "process", "service"].map((name) => `procmon/v1/${name}.proto`);
  expect(await python.ask({ describe: "procmon.v1.Procmon" })).toEqual({ same: files, different: [] });
  expect(await python.ask({ describe: "procmon.v1.Process" })).toMatchObject({ different: [] });
});

test("over TCP only a client with a certificate of the authority is answered", async ({ skip }) => {
  const missing = missingOpenssl();
  skip(missing !== undefined, missing);
  await using monitor = await startMonitor();
  const [authority, stranger] = [makeAuthority(), makeAuthority()];
  const tls = { ca: authority.ca, ...authority.issue("IP:127.0.0.1") };
  await using server = await serve(monitor, { listen: ["tcp://127.0.0.1:0"], tls });
  const address = server.addresses[0]?.replace("tcp://", "") as string;
  const folder = scratchFolder();
  const filesOf = (name: string, { cert, key }: { readonly cert: string; readonly key: string }) =>
    Object.entries({ ca: authority.ca, key, cert }).map(([kind, text]) => {
      const path = join(folder, `${name}-${kind}`);
      writeFileSync(path, text);
      return path;
    });

  const friend = await startPythonClient(
    address,
    modules(),
    "protoc",
    filesOf("friend", authority.issue("DNS:friend")),
  );
  expect(await ask(friend, "Stats")).toMatchObject({ response: { method: METHOD } });
  const files = filesOf("stranger", stranger.issue("DNS:stranger"));
  const other = await startPythonClient(address, modules(), "protoc", files);
  expect(await ask(other, "Stats")).toMatchObject({ code: "UNAVAILABLE" });
  const plain = await startPythonClient(address, modules());
  expect(await ask(plain, "Stats")).toMatchObject({ code: "UNAVAILABLE" });
});

describe("a Python client that does not read for a while", () => {
  const EVENTS = 40_000;
  /** So many at once. */
  const PART = 1000;
  /** Each event has about so many bytes: all together more than any buffer on the way. */
  const WEIGHT = 1000;

  async function read(python: PythonPeer, count: number): Promise<readonly Part[]> {
    return (await python.ask<{ readonly parts: readonly Part[] }>({ add: count })).parts;
  }

  test("is told what it has lost, where it is missing; another one loses nothing", async () => {
    const method = syntheticMethod();
    await using monitor = createMonitor({ methods: [method], strict: true });
    await monitor.start();
    const { address } = await serveOnSocket(monitor);
    const [slow, quick] = [await startPythonClient(address, modules()), await startPythonClient(address, modules())];
    for (const python of [slow, quick]) {
      await python.ask({ open: "Watch", request: { types: ["EVENT_TYPE_EXEC"] } });
      expect(await python.ask({ take: true })).toEqual({ response: { start: { method: "synthetic" } } });
    }
    for (let last = PART; last <= EVENTS; last += PART) {
      for (let pid = last - PART + 1; pid <= last; pid++) method.emit(execOf(pid, WEIGHT));
      const parts = await read(quick, PART);
      expect(parts).toEqual([{ first: last - PART + 1, last }]);
    }

    const parts = await read(slow, EVENTS);
    let told = 0;
    let missing = 0;
    for (const part of parts) {
      if ("lost" in part) {
        const how = { source: "subscriber", cause: "full", eventType: "EVENT_TYPE_EXEC" };
        expect(part.lost).toEqual({ ...how, count: expect.stringMatching(/^[1-9]\d*$/) });
        missing += Number(part.lost.count);
      } else {
        // Where some are missing, the loss tells how many.
        expect(part.first).toBe(told + missing + 1);
        told += part.last - part.first + 1;
      }
    }
    expect(told + missing).toBe(EVENTS);
    expect(missing).toBeGreaterThan(0);
    expect(told).toBeGreaterThan(0);
    const { response } = await ask(slow, "Stats");
    const sent = `${EVENTS + told}`;
    expect(response).toMatchObject({ service: { watches: 2, eventsLost: `${missing}`, eventsSent: sent } });

    // From now on it reads.
    method.emit(execOf(EVENTS + 1));
    const next = await nextEvent(slow, ({ exec }) => exec !== undefined);
    expect(next).toMatchObject({ exec: { process: { pid: EVENTS + 1 } } });
  });
});
