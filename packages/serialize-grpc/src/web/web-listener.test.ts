import { once } from "node:events";
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventType, Procmon, type WatchResponse } from "../messages.ts";
import { execOf } from "../service/synthetic-method.test-kit.ts";
import { createHostRules } from "./host-rules.ts";
import { createOriginRules } from "./origin-rules.ts";
import { envelope, pathOf, rawWatch, send, startWebKit, until } from "./web-kit.test-kit.ts";

const JSON_TYPE = { "content-type": "application/json" };
const STREAM_TYPE = { "content-type": "application/connect+json" };
const PAGE = "https://dash.example";
const PREFLIGHT = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };

describe("pages of others", () => {
  it("are refused, whatever they ask, and the service is not asked", async () => {
    await using kit = await startWebKit({ allowOrigins: [PAGE] });
    for (const origin of [
      "https://evil.example",
      "http://dash.example",
      `${PAGE}:8443`,
      "null",
      `${PAGE}, ${PAGE}`,
      "",
    ]) {
      for (const [method, headers] of [
        ["OPTIONS", PREFLIGHT],
        ["POST", JSON_TYPE],
      ] as const) {
        const answer = await send(kit, method, pathOf("Stats"), { ...headers, origin }, "{}");
        expect([origin, answer.status]).toEqual([origin, 403]);
        expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      }
    }
    expect(kit.monitor.stats().lookups.count).toBe(0);
  });

  it("may ask where they are allowed", async () => {
    await using kit = await startWebKit({ allowOrigins: [PAGE] });
    const before = await send(kit, "OPTIONS", pathOf("Watch"), { ...PREFLIGHT, origin: PAGE });
    expect(before.status).toBe(204);
    expect(before.headers).toMatchObject({
      "access-control-allow-origin": PAGE,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": expect.stringMatching(/content-type.*connect-protocol-version.*x-grpc-web/i),
      vary: "Origin",
    });
    const answer = await send(kit, "POST", pathOf("Stats"), { ...JSON_TYPE, origin: PAGE }, "{}");
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ "access-control-allow-origin": PAGE, vary: "Origin" });
    expect(JSON.parse(answer.body)).toMatchObject({ method: "synthetic" });
  });

  it("are named as browsers name them", () => {
    const rules = createOriginRules(["HTTPS://Dash.Example:443/", "http://localhost:3000", "chrome-extension://abc"]);
    expect([PAGE, "http://localhost:3000", "chrome-extension://abc"].every(rules.allows)).toBe(true);
    for (const origin of [
      "*",
      "http://*",
      "https://*.example",
      "",
      "null",
      "dash.example",
      "https://a/b",
      "https://u@a",
      "file:///",
      5 as never,
    ]) {
      expect(() => createOriginRules([origin])).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });
});

describe("the host's name", () => {
  it("must be this machine's", async () => {
    await using kit = await startWebKit();
    const ask = async (host: string) => (await send(kit, "POST", pathOf("Stats"), { ...JSON_TYPE, host }, "{}")).status;
    for (const host of ["localhost", "LOCALHOST:1", `127.0.0.1:${kit.port}`, "127.9.9.9", "[::1]:80"]) {
      expect([host, await ask(host)]).toEqual([host, 200]);
    }
    for (const host of [
      "evil.example",
      `evil.example:${kit.port}`,
      "localhost.evil.example",
      "a@localhost",
      "10.0.0.1",
      "0.0.0.0",
    ]) {
      expect([host, await ask(host)]).toEqual([host, 403]);
    }
  });

  it("must be one: which of two a proxy in between has gone by, nobody knows", async () => {
    await using kit = await startWebKit();
    const socket = connect(kit.port, "127.0.0.1");
    const hosts = "host: localhost\r\nhost: evil.example\r\n";
    const type = "content-type: application/json\r\n";
    socket.write(`POST ${pathOf("Stats")} HTTP/1.1\r\n${hosts}${type}content-length: 2\r\n\r\n{}`);
    const [answer] = await once(socket, "data");
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("is not found in garbage", () => {
    const isOwn = createHostRules("127.0.0.1", undefined);
    expect(isOwn(undefined)).toBe(false);
    fc.assert(fc.property(fc.string(), (text) => !isOwn(text) || /^(localhost|127\.)/i.test(text)));
  });
});

describe("requests", () => {
  it("that are too large are refused, also where their length is a lie", async () => {
    await using kit = await startWebKit({ maxMessageBytes: 1000 });
    const large = JSON.stringify({ names: ["x".repeat(2000)] });
    const unary = await send(kit, "POST", pathOf("FindProcess"), JSON_TYPE, large);
    expect([unary.status, JSON.parse(unary.body).code]).toEqual([429, "resource_exhausted"]);
    const chunked = await send(
      kit,
      "POST",
      pathOf("FindProcess"),
      { ...JSON_TYPE, "transfer-encoding": "chunked" },
      large,
    );
    expect(chunked.status).toBe(429);
    for (const body of [envelope(large), envelope("{}", 2 ** 32 - 1)]) {
      const stream = await send(kit, "POST", pathOf("Watch"), STREAM_TYPE, body);
      expect(stream.body).toContain("resource_exhausted");
    }
    expect(kit.watches()).toBe(0);
  });

  it("that are not understood are refused, never taken for a wish for everything", async () => {
    await using kit = await startWebKit();
    for (const body of ["", "{", "[]", '{"pid":-1}', '{"pidd":1}', '{"pid":"x"}', '{"pid":1,"names":[]}']) {
      const { status } = await send(kit, "POST", pathOf("FindProcess"), JSON_TYPE, body);
      expect([body, status]).toEqual([body, 400]);
    }
    for (const wish of [
      '{"types":["EVENT_TYPE_BOOM"]}',
      '{"types":[99]}',
      '{"protocol":["x"]}',
      '{"pids":[1.5]}',
      "[]",
    ]) {
      const { body } = await send(kit, "POST", pathOf("Watch"), STREAM_TYPE, envelope(wish));
      expect([wish, body]).toEqual([wish, expect.stringContaining("invalid_argument")]);
    }
    expect(kit.watches()).toBe(0);
  });

  it("of other kinds are refused", async () => {
    await using kit = await startWebKit();
    expect((await send(kit, "POST", "/", JSON_TYPE, "{}")).status).toBe(404);
    expect((await send(kit, "POST", pathOf("Boom"), JSON_TYPE, "{}")).status).toBe(404);
    expect((await send(kit, "POST", `http://localhost${pathOf("Stats")}`, JSON_TYPE, "{}")).status).toBe(404);
    expect((await send(kit, "GET", pathOf("Stats"))).status).toBe(405);
    expect((await send(kit, "POST", pathOf("Stats"), { "content-type": "text/plain" }, "{}")).status).toBe(415);
    expect((await send(kit, "POST", pathOf("Stats"), { "content-type": "application/grpc" })).status).toBe(415);
    const compressed = { ...JSON_TYPE, "content-encoding": "gzip" };
    expect((await send(kit, "POST", pathOf("Stats"), compressed, "{}")).status).toBe(501);
  });

  it("may be garbage", async () => {
    await using kit = await startWebKit();
    const types = ["application/json", "application/proto", "application/connect+proto", "application/grpc-web+proto"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.constantFrom("Watch", "Snapshot", "FindOwner", "FindProcess"),
        fc.uint8Array({ maxLength: 64 }),
        async (type, call, bytes) => {
          const body = Buffer.concat([Buffer.of(0), envelope(Buffer.from(bytes)).subarray(1), Buffer.of(1)]);
          const answer = await send(kit, "POST", pathOf(call), { "content-type": type }, body);
          // Connect tells of bytes that are no message as an error of its own.
          if (answer.status === 500) expect(answer.body).toContain("parse binary");
          else expect([200, 400, 404, 415]).toContain(answer.status);
        },
      ),
      { numRuns: 100 },
    );
    expect((await send(kit, "POST", pathOf("Stats"), JSON_TYPE, "{}")).status).toBe(200);
  });

  it("come one after the other on a connection, or it is closed", async () => {
    await using kit = await startWebKit();
    const socket = await rawWatch(kit);
    await until(() => kit.watches() === 1);
    socket.resume();
    socket.write(`POST ${pathOf("Stats")} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n`);
    await once(socket, "close");
    await until(() => kit.watches() === 0);
  });
});

it("closes connections that are too many at once", async () => {
  await using kit = await startWebKit({ maxClients: 2 });
  const sockets = [await rawWatch(kit), await rawWatch(kit)];
  await until(() => kit.watches() === 2);
  const further = connect(kit.port, "127.0.0.1").on("error", () => {});
  await once(further, "close");
  expect(kit.web.clients).toBe(2);
  for (const socket of sockets) socket.destroy();
  await until(() => kit.watches() === 0 && kit.web.clients === 0);
  expect((await send(kit, "POST", pathOf("Stats"), JSON_TYPE, "{}")).status).toBe(200);
});

it("lets slow readers lose their own events only, and tells them how many", async () => {
  const COUNT = 3000;
  await using kit = await startWebKit({}, { queue: { capacity: 200 } });
  const client = createClient(Procmon, createConnectTransport({ baseUrl: kit.web.address, httpVersion: "1.1" }));
  const controllers = Array.from({ length: 4 }, () => new AbortController());
  const [quick, ...slow] = controllers.map(({ signal }) => {
    return client.watch({ types: [EventType.EXEC] }, { signal })[Symbol.asyncIterator]();
  });
  for (const reader of [quick, ...slow]) expect((await reader?.next())?.value?.start?.method).toBe("synthetic");

  const seen: Counts = { events: 0, lost: 0 };
  for (let pid = 1; pid <= COUNT; pid++) {
    kit.method.emit(execOf(pid, 8000));
    // Before its queue is full.
    while (pid % 100 === 0 && seen.events + seen.lost < pid) count(seen, (await quick?.next())?.value);
  }
  expect(seen).toEqual({ events: COUNT, lost: 0 });

  for (const reader of slow) {
    const found: Counts = { events: 0, lost: 0 };
    while (found.events + found.lost < COUNT) count(found, (await reader.next()).value);
    expect(found.events + found.lost).toBe(COUNT);
    expect(found.lost).toBeGreaterThan(0);
  }
  for (const controller of controllers) controller.abort();
  await until(() => kit.watches() === 0);
});

interface Counts {
  events: number;
  lost: number;
}

function count(counts: Counts, message: WatchResponse | undefined): void {
  for (const { kind } of message?.events ?? []) {
    if (kind.case === "exec") counts.events++;
    else if (kind.case === "lost") counts.lost += Number(kind.value.count);
  }
}
