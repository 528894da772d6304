import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import type { MonitorEvent } from "@procmon/core";
import { WatchStartSchema } from "../generated/procmon/v1/service_pb.js";
import { encodeEvent } from "../procmon-v1/encode-event.ts";

/** What a stub answers. A call that is missing here is UNIMPLEMENTED. */
export interface StubHandlers {
  readonly Watch?: handleServerStreamingCall<Buffer, Buffer>;
  readonly Snapshot?: handleServerStreamingCall<Buffer, Buffer>;
  readonly FindOwner?: handleUnaryCall<Buffer, Buffer>;
  readonly FindProcess?: handleUnaryCall<Buffer, Buffer>;
  readonly Stats?: handleUnaryCall<Buffer, Buffer>;
}

/** A gRPC server that says what a test wants. */
export interface StubServer extends AsyncDisposable {
  readonly address: string;
  /** Breaks all connections, as a server that is killed. */
  kill(): void;
}

/** Starts a stub on a unix socket of its own, or, with `credentials`, on a TCP port. */
export async function startStub(
  handlers: StubHandlers,
  { credentials, path }: { credentials?: ServerCredentials; path?: string } = {},
): Promise<StubServer> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-stub-"));
  const server = new Server();
  server.addService(definition(Object.keys(handlers)), { ...handlers });
  const target = credentials === undefined ? `unix://${path ?? join(folder, "socket")}` : "127.0.0.1:0";
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(target, credentials ?? ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: credentials === undefined ? target : `tcp://127.0.0.1:${port}`,
    kill: () => server.forceShutdown(),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function definition(names: readonly string[]): ServiceDefinition {
  const same = (bytes: Buffer) => bytes;
  const call = (name: string) => ({
    path: `/procmon.v1.Procmon/${name}`,
    requestStream: false,
    responseStream: name === "Watch" || name === "Snapshot",
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  return Object.fromEntries(names.map((name) => [name, call(name)]));
}

/** A field of the type message or bytes, by its number (1 to 15). */
export function field(number: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length, rest), bytes]);
}

/** The first message of a watch. */
export function startMessage(method = "stub"): Buffer {
  return field(1, toBinary(WatchStartSchema, create(WatchStartSchema, { method })));
}

/** A message of a watch with these events. */
export function eventsMessage(...events: readonly MonitorEvent[]): Buffer {
  return Buffer.concat(events.map((event) => field(2, encodeEvent(event))));
}

/** An event that tells its number. */
export function execEvent(pid: number, comm = "stub"): MonitorEvent {
  return { type: "exec", time: BigInt(pid), method: "stub", process: { pid, ppid: 1, startTime: 5n, comm } };
}

/** All that an iterable gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
