import { Server } from "node:http";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, it, vi } from "vitest";
import { EventType, Procmon } from "../messages.ts";
import { execOf, listenerAt } from "../service/synthetic-method.test-kit.ts";
import { serveWeb } from "./serve-web.ts";
import { envelope, pathOf, send, startWebKit, until } from "./web-kit.test-kit.ts";

const JSON_TYPE = { "content-type": "application/json" };
const STREAM_TYPE = { "content-type": "application/connect+json" };

describe("plain fetch", () => {
  it("asks by Connect's JSON", async () => {
    await using kit = await startWebKit();
    const ask = (pid: number) =>
      fetch(`${kit.web.address}${pathOf("FindProcess")}`, {
        method: "POST",
        headers: JSON_TYPE,
        body: JSON.stringify({ pid }),
      });
    const found = await ask(process.pid);
    expect(found.status).toBe(200);
    expect(await found.json()).toMatchObject({ process: { pid: process.pid, ppid: process.ppid } });
    const missing = await ask(4_194_303);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ code: "not_found" });
  });

  it("watches by Connect's JSON; its end ends the watch in the service", async () => {
    await using kit = await startWebKit();
    const controller = new AbortController();
    const response = await fetch(`${kit.web.address}${pathOf("Watch")}`, {
      method: "POST",
      headers: STREAM_TYPE,
      body: envelope(JSON.stringify({ types: ["EVENT_TYPE_EXEC"] })),
      signal: controller.signal,
    });
    const messages = readEnvelopes(response);
    expect((await messages.next()).value).toEqual({ start: { method: "synthetic" } });
    expect(kit.watches()).toBe(1);
    kit.method.emit(execOf(7));
    expect((await messages.next()).value).toMatchObject({
      events: [{ method: "synthetic", exec: { process: { pid: 7 } } }],
    });
    controller.abort();
    await until(() => kit.watches() === 0);
  });
});

/** The messages of a stream, without the envelope of its end. */
async function* readEnvelopes(response: Response): AsyncGenerator<unknown> {
  let rest = Buffer.of();
  for await (const chunk of response.body ?? []) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      yield JSON.parse(rest.subarray(5, end).toString());
      rest = rest.subarray(end);
    }
  }
}

type MakeTransport = (baseUrl: string) => Transport;
const TRANSPORTS: readonly (readonly [string, MakeTransport])[] = [
  ["Connect, JSON", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })],
  ["Connect, binary", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true })],
  ["gRPC-Web, binary", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ["gRPC-Web, JSON", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })],
];

describe.each(TRANSPORTS)("%s", (_name, makeTransport) => {
  it("has the five calls", async () => {
    const sockets = [listenerAt(22), listenerAt(80)];
    await using kit = await startWebKit({}, { answers: { sockets } });
    const client = createClient(Procmon, makeTransport(kit.web.address));

    const connection = { protocol: 1, srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 };
    const { ownership } = await client.findOwner({ connection });
    expect(ownership?.kind).toMatchObject({ case: "none", value: { reason: 1 } });
    await expect(client.findOwner({ connection: { ...connection, srcIp: "?" } })).rejects.toMatchObject({ code: 3 });

    const { process: found } = await client.findProcess({ pid: process.pid });
    expect([found?.pid, found?.env]).toEqual([process.pid, undefined]);
    await expect(client.findProcess({ pid: 1, env: true })).rejects.toMatchObject({ code: 9 });

    const parts = [];
    for await (const part of client.snapshot({})) parts.push(part);
    expect(parts[0]?.start?.method).toBe("synthetic");
    const ports = parts.flatMap((part) =>
      part.sockets.map(({ family }) => family.case === "inet" && family.value.connection?.srcPort),
    );
    expect(ports).toEqual([22, 80]);

    const seen = [];
    const controller = new AbortController();
    for await (const message of client.watch({ types: [EventType.EXEC] }, controller)) {
      if (message.start !== undefined) for (const pid of [1001, 1002, 1003]) kit.method.emit(execOf(pid));
      for (const { kind } of message.events) seen.push(kind.case === "exec" && kind.value.process?.pid);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1001, 1002, 1003]);
    // Connect's clients go on with a call whose loop was left.
    controller.abort();
    await until(() => kit.watches() === 0);

    expect(await client.stats({})).toMatchObject({ method: "synthetic", service: { watches: 0, eventsSent: 3n } });
  });

  it("tells why a watch ends", async () => {
    await using kit = await startWebKit();
    const client = createClient(Procmon, makeTransport(kit.web.address));
    await expect(drain(client.watch({}, { timeoutMs: 200 }))).rejects.toMatchObject({ code: 4 });
    await expect(drain(client.watch({ types: [99 as EventType] }))).rejects.toMatchObject({ code: 3 });
    const stopped = drain(client.watch({}));
    await until(() => kit.watches() === 1);
    await kit.monitor.stop();
    await stopped;
  });
});

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of messages);
}

it("is stopped within a second, whatever goes on, and says so to who watches", async () => {
  await using kit = await startWebKit();
  const client = createClient(Procmon, createConnectTransport({ baseUrl: kit.web.address, httpVersion: "1.1" }));
  const watch = drain(client.watch({}));
  const halfAsked = send(kit, "POST", pathOf("Stats"), { ...JSON_TYPE, "content-length": "100" });
  const refused = expect(watch).rejects.toMatchObject({ code: 14, rawMessage: "The service has been stopped." });
  const cut = expect(halfAsked).rejects.toThrow();
  await until(() => kit.watches() === 1);
  const before = performance.now();
  await Promise.all([kit.web.stop(), kit.web.stop()]);
  expect(performance.now() - before).toBeLessThan(3000);
  await Promise.all([refused, cut]);
  await expect(fetch(kit.web.address)).rejects.toThrow();
});

it("refuses to be offered to other machines without TLS, and a port that is taken", async () => {
  await using kit = await startWebKit();
  const limits = { allowOrigins: [], maxMessageBytes: 1000, maxClients: 10 };
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.com"]) {
    await expect(serveWeb(kit.service, { host, port: 0, ...limits })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  }
  await expect(serveWeb(kit.service, { host: "127.0.0.1", port: kit.port, ...limits })).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    remedy: "Use another port, or 0 for any.",
  });
});

it("goes on where connections could not be accepted", async () => {
  // No system is brought to run out of descriptors for this.
  const listen = vi.spyOn(Server.prototype, "listen");
  await using kit = await startWebKit();
  const [server] = listen.mock.contexts as Server[];
  listen.mockRestore();
  for (let times = 0; times < 3; times++) server?.emit("error", new Error("accept EMFILE"));
  expect(server?.listening).toBe(true);
  expect((await send(kit, "POST", pathOf("Stats"), JSON_TYPE, "{}")).status).toBe(200);
});
