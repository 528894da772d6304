import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, onTestFinished, test } from "vitest";
import { SnapshotResponseSchema } from "../generated/procmon/v1/service_pb.js";
import { EMPTY, OWNER_REQUEST, startSynthetic, statsIn, watchRequest } from "../service/start-service.test-kit.ts";
import { execOf, listenerAt } from "../service/synthetic-method.test-kit.ts";
import { eventsIn, nextOf, partsIn, readEvents } from "../service/watch-messages.test-kit.ts";
import { parseListenAddress } from "./listen-address.ts";
import { serve } from "./serve.ts";
import {
  connectClient,
  FIND_OWNER,
  FIND_PROCESS,
  SNAPSHOT,
  STATS,
  scratchFolder,
  startServer,
  statusCodeOf,
  type TestClient,
  WATCH,
} from "./start-server.test-kit.ts";

const PATIENT = { timeout: 20_000 } as const;

function pathOf(address: string): string {
  const parsed = parseListenAddress(address);
  return parsed.kind === "unix" ? parsed.path : "";
}

async function serviceStats(client: TestClient) {
  return statsIn(await client.ask(STATS)).service;
}

describe("calls", () => {
  test("all five are answered, on a unix socket and on TCP", async () => {
    const listen = [`unix://${scratchFolder()}/s`, "tcp://127.0.0.1:0"];
    const sockets = [listenerAt(22), listenerAt(80)];
    const { server, method } = await startServer({ listen, insecure: true }, { sockets });
    expect(server.addresses).toEqual([listen[0], expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/)]);
    for (const address of server.addresses) {
      const client = connectClient(address);
      const stream = client.open(WATCH, watchRequest({ types: [1] }));
      await nextOf(stream);
      method.emit(execOf(5));
      expect(await readEvents(stream, 1)).toMatchObject([{ type: "exec", process: { pid: 5 } }]);
      expect(partsIn(await client.ask(FIND_OWNER, OWNER_REQUEST), 1)).toHaveLength(1);
      expect(partsIn(await client.ask(FIND_PROCESS, Buffer.from([0x08, 1])), 1)).toHaveLength(1);
      const parts: number[] = [];
      for await (const message of client.open(SNAPSHOT).call) {
        parts.push(fromBinary(SnapshotResponseSchema, message as Buffer).sockets.length);
      }
      expect(parts).toEqual([0, 2]);
      expect((await serviceStats(client))?.watches).toBeGreaterThan(0);
      stream.call.cancel();
    }
  });

  test.each([
    ["garbage", WATCH, Buffer.from([0x0a, 0xff, 1]), 3],
    ["garbage", FIND_OWNER, Buffer.from([0xff]), 3],
    ["garbage", FIND_PROCESS, Buffer.from([0x0a, 1, 1]), 3],
    ["garbage", SNAPSHOT, Buffer.from([0xff]), 3],
    ["garbage", STATS, Buffer.from([0xff]), 3],
    ["no process", FIND_PROCESS, Buffer.from([0x08, 0x80, 0x80, 0x80, 2]), 5],
    ["the environment", WATCH, watchRequest({ env: true }), 9],
    ["too much", STATS, Buffer.alloc(70_000, "x"), 8],
    ["a call that there is not", "/procmon.v1.Procmon/Nothing", EMPTY, 12],
    ["a service that there is not", "/other.Service/Call", EMPTY, 12],
  ])("%s is refused (%s)", async (_what, path, request, code) => {
    const { address } = await startServer();
    const client = connectClient(address);
    const isStream = path === WATCH || path === SNAPSHOT;
    expect(await statusCodeOf(isStream ? nextOf(client.open(path, request)) : client.ask(path, request))).toBe(code);
    // And nothing else has happened.
    expect(await statusCodeOf(client.ask(STATS))).toBe(0);
  });

  test("a call that its client gives up, or that takes too long for it, is given up here", async () => {
    const { address, method } = await startServer({}, { findOwner: () => new Promise(() => {}) });
    const client = connectClient(address);
    expect(await statusCodeOf(client.ask(FIND_OWNER, OWNER_REQUEST, 50))).toBe(4);
    const stream = client.open(WATCH);
    await nextOf(stream);
    expect(method.wants("exec")).toBe(true);
    stream.call.cancel();
    await expect.poll(() => method.wants("exec"), PATIENT).toBe(false);
  });
});

describe("limits", () => {
  test("connections beyond the limit are closed at once, and one that leaves makes room", async () => {
    const { address } = await startServer({ maxClients: 2 });
    const [first, second] = [connectClient(address), connectClient(address)];
    expect(await statusCodeOf(first.ask(STATS))).toBe(0);
    expect((await serviceStats(second))?.clients).toBe(2);
    const third = connect(pathOf(address));
    third.on("error", () => {});
    await once(third, "close");
    expect(third.bytesRead).toBe(0);
    first.close();
    await expect.poll(async () => (await serviceStats(second))?.clients, PATIENT).toBe(1);
    expect(await statusCodeOf(connectClient(address).ask(STATS))).toBe(0);
  });

  test("calls of Watch have a limit of their own, over all connections", async () => {
    const { address } = await startServer({ maxClients: 2 });
    const [first, second] = [connectClient(address), connectClient(address)];
    const streams = [first.open(WATCH), first.open(WATCH)];
    for (const stream of streams) await nextOf(stream);
    expect(await statusCodeOf(nextOf(second.open(WATCH)))).toBe(8);
    streams[0]?.call.cancel();
    await expect.poll(async () => (await serviceStats(second))?.watches, PATIENT).toBe(1);
    expect(await statusCodeOf(nextOf(second.open(WATCH)))).toBe(0);
  });
});

describe("a client that stops reading", () => {
  test("loses the oldest and is told, while others get everything", async () => {
    const { address, method } = await startServer();
    const [slow, quick] = [connectClient(address), connectClient(address)];
    const [stalled, stream] = [slow.open(WATCH), quick.open(WATCH)];
    // Whoever has read nothing at all does not yet hold up anything: grpc-js takes all that comes.
    for (const one of [stalled, stream]) await nextOf(one);
    const count = 20_000;
    let read = 0;
    for (let pid = 1; pid <= count; pid += 100) {
      for (let next = pid; next < pid + 100; next++) method.emit(execOf(next, 3000));
      read += (await readEvents(stream, 100)).length;
    }
    expect(read).toBe(count);
    const before = await serviceStats(quick);
    expect(before?.eventsLost).toBeGreaterThan(5000n);
    let pids = 0;
    let told = 0;
    while (pids + told < count) {
      for (const event of eventsIn(await nextOf(stalled))) {
        if (event.type === "lost") {
          expect(event).toMatchObject({ source: "subscriber", cause: "full", eventType: "exec" });
          told += event.count;
        } else if (event.type === "exec") expect(event.process.pid).toBe(++pids + told);
      }
    }
    expect(BigInt(told)).toBe((await serviceStats(quick))?.eventsLost);
  });
});

describe("a client that is killed", () => {
  test("leaves nothing behind", async () => {
    const { address, method } = await startServer();
    const observer = connectClient(address);
    const script = `
      import { Client, credentials } from ${JSON.stringify(import.meta.resolve("@grpc/grpc-js"))};
      const asIs = (bytes) => bytes;
      const client = new Client("unix:${pathOf(address)}", credentials.createInsecure());
      client.makeServerStreamRequest("${WATCH}", asIs, asIs, Buffer.alloc(0)).on("data", () => console.log("up"));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: fileURLToPath(new URL(".", import.meta.url)),
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    expect(await serviceStats(observer)).toMatchObject({ clients: 2, watches: 1 });
    const load = setInterval(() => method.emit(execOf(1)), 1);
    onTestFinished(() => clearInterval(load));
    child.kill("SIGKILL");
    await expect.poll(() => serviceStats(observer), PATIENT).toMatchObject({ clients: 1, watches: 0 });
  });
});

describe("stop", () => {
  test("ends what runs, also of clients that take nothing, and leaves nothing", async () => {
    const { server, address, method } = await startServer({}, { findOwner: () => new Promise(() => {}) });
    const client = connectClient(address);
    const stream = client.open(WATCH);
    await nextOf(stream);
    const stalled = connectClient(address).open(WATCH);
    await nextOf(stalled);
    const lookup = statusCodeOf(client.ask(FIND_OWNER, OWNER_REQUEST));
    const silent = connect(pathOf(address));
    await once(silent, "connect");
    const closed = once(silent.resume(), "close");
    for (let pid = 0; pid < 5000; pid++) method.emit(execOf(pid, 1500));
    const before = performance.now();
    await server.stop();
    expect(performance.now() - before).toBeLessThan(2000);
    expect(await lookup).toBe(14);
    await closed;
    expect(existsSync(pathOf(address))).toBe(false);
    expect(method.wants("exec")).toBe(false);
    await server.stop();
  });

  test("of an idle server is an end of its calls", async () => {
    const { server, address } = await startServer();
    const stream = connectClient(address).open(WATCH);
    await nextOf(stream);
    const next = stream.next();
    await server.stop();
    expect(await next).toMatchObject({ done: true });
  });

  test("gives up the address also where the file cannot be taken away", async () => {
    const folder = join(scratchFolder(), "own");
    const { server } = await startServer({ listen: [`unix://${folder}/s`] });
    renameSync(folder, `${folder}-moved`);
    writeFileSync(folder, "");
    await server.stop();
    const late = connect(`${folder}-moved/s`);
    const [error] = await once(late, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("sends away who comes while it stops", async () => {
    const { server, address } = await startServer();
    const stopping = server.stop();
    const late = connect(pathOf(address)).on("error", () => {});
    await Promise.all([once(late, "close"), stopping]);
    expect(existsSync(pathOf(address))).toBe(false);
  });

  test("of the monitor ends the calls, and the server goes on to say so", async () => {
    const { monitor, address } = await startServer();
    const client = connectClient(address);
    const stream = client.open(WATCH);
    await nextOf(stream);
    await monitor.stop();
    expect(await readEvents(stream, 1)).toMatchObject([{ type: "method", change: "stop" }]);
    expect(await stream.next()).toMatchObject({ done: true });
    expect(await statusCodeOf(nextOf(client.open(WATCH)))).toBe(14);
    expect(await statusCodeOf(client.ask(FIND_OWNER, OWNER_REQUEST))).toBe(14);
  });
});

describe("addresses", () => {
  test("a second server is refused, and the first goes on", async () => {
    const { address, monitor } = await startServer();
    await expect(serve(monitor, { listen: [address] })).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await statusCodeOf(connectClient(address).ask(STATS))).toBe(0);
  });

  test("where one cannot be had, none is kept", async () => {
    const { monitor } = await startSynthetic();
    const free = `${scratchFolder()}/s`;
    const listen = [`unix://${free}`, "unix:///etc/passwd"];
    await expect(serve(monitor, { listen })).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(existsSync(free)).toBe(false);
  });

  test.each([
    { listen: ["tcp://127.0.0.1:0"] },
    { listen: ["tcp://0.0.0.0:0"], insecure: true },
    { listen: ["tcp://[::]:0"], insecure: true },
    { listen: ["nothing"] },
    { web: { listen: "unix:///tmp/web" } },
    { web: { listen: "tcp://0.0.0.0:0" }, insecure: true },
    { web: { listen: "tcp://127.0.0.1:0" } },
    { maxClients: 0 },
    { maxMessageBytes: Number.NaN },
    { tls: { cert: "", key: "", ca: "" } },
  ])("%j is refused before anything is opened", async (options) => {
    const { monitor } = await startSynthetic();
    const own = `${scratchFolder()}/s`;
    const listen = [`unix://${own}`, ...(options.listen ?? [])];
    await expect(serve(monitor, { ...options, listen })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect(existsSync(own)).toBe(false);
  });
});
