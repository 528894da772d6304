// What our encoders make of core's values, against what Python writes of a second mapping of the same values: byte by byte.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type ConnectionTuple,
  EVENT_TYPES,
  type MonitorEvent,
  type Ownership,
  type Process,
  type SocketEntry,
} from "@procmon/core";
import * as codec from "@procmon/serialize-grpc";
import { opensnitch } from "@procmon/serialize-grpc/messages";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyConnection,
  anyEventOf,
  anyOwnership,
  anyProcess,
  anySocket,
  wholeProcess,
} from "../../packages/serialize-grpc/src/procmon-v1/arbitraries.test-kit.ts";
import { encodeText } from "../../packages/serialize-grpc/src/text/utf8-text.ts";
import * as snitch from "./support/python-fields-opensnitch.ts";
import * as procmon from "./support/python-fields-procmon.ts";
import { withOrderedMaps } from "./support/python-map-order.ts";
import { pythonProtobuf } from "./support/python-protobuf.ts";

const python = pythonProtobuf();

describe("procmon.v1", () => {
  const ordered = <Value>(value: Value) => withOrderedMaps(value, (name) => encodeText(name).toString());

  async function same(bytes: Buffer, name: string, fields: procmon.Fields): Promise<void> {
    expect(bytes).toEqual(await python.write(`procmon.v1.${name}`, fields, "escape"));
  }

  test("processes", async () => {
    const check = async (any: Process, env: boolean) => {
      const process = ordered(any);
      await same(codec.encodeProcess(process, { env }), "Process", procmon.processFields(process, env));
    };
    await fc.assert(fc.asyncProperty(anyProcess, fc.boolean(), check), { numRuns: 300 });
    await fc.assert(fc.asyncProperty(wholeProcess, fc.boolean(), check), { numRuns: 100 });
  });

  test.for(EVENT_TYPES)("events of the type %s", async (type) => {
    const check = async (any: MonitorEvent, env: boolean) => {
      const event = ordered(any);
      await same(codec.encodeEvent(event, { env }), "Event", procmon.eventFields(event, env));
    };
    await fc.assert(fc.asyncProperty(anyEventOf(type), fc.boolean(), check), { numRuns: 100 });
  });

  test("connections, owners and sockets", async () => {
    const check = async (connection: ConnectionTuple, ownership: Ownership, socket: SocketEntry) => {
      await same(codec.encodeConnection(connection), "Connection", procmon.connectionFields(connection));
      await same(codec.encodeOwnership(ownership), "Ownership", procmon.ownershipFields(ownership));
      await same(codec.encodeSocket(socket), "Socket", procmon.socketFields(socket));
    };
    await fc.assert(fc.asyncProperty(anyConnection, anyOwnership, anySocket, check), { numRuns: 300 });
  });
});

describe("OpenSnitch", () => {
  const CONNECTION_EVENTS = ["connect", "accept", "listen", "close", "flow"] as const;
  const { ConnectionSchema, EventSchema, ProcessSchema } = opensnitch;
  const ordered = <Value>(value: Value) => withOrderedMaps(value, (name) => Buffer.from(name).toString());

  async function same(bytes: Buffer, name: string, fields: procmon.Fields): Promise<void> {
    expect(bytes).toEqual(await python.write(`protocol.${name}`, fields, "replace"));
  }

  test("processes and their ancestors, written and read", async () => {
    const check = async (any: Process, env: boolean) => {
      const process = ordered(any);
      const bytes = codec.encodeOpenSnitchProcess(process, { env });
      await same(bytes, "Process", snitch.openSnitchProcessFields(process, env));
      for (const ancestor of process.tree ?? []) {
        await same(codec.encodeOpenSnitchStringInt(ancestor), "StringInt", snitch.stringIntFields(ancestor));
      }
      const { pid, ppid, uid, ioReads, ioWrites, netReads, netWrites, ...read } = codec.decodeOpenSnitchProcess(bytes);
      const numbers = Object.entries({ pid, ppid, uid, ioReads, ioWrites, netReads, netWrites });
      const big = Object.fromEntries(numbers.map(([name, value]) => [name, BigInt(value)]));
      expect(Buffer.from(toBinary(ProcessSchema, create(ProcessSchema, { ...read, ...big })))).toEqual(bytes);
    };
    await fc.assert(fc.asyncProperty(anyProcess, fc.boolean(), check), { numRuns: 300 });
  });

  test.for(CONNECTION_EVENTS)("connections and events of the type %s, written and read", async (type) => {
    const check = async (any: MonitorEvent, env: boolean) => {
      const event = ordered(any) as codec.ConnectionEvent;
      const connection = codec.encodeOpenSnitchConnection(event, { env });
      await same(connection, "Connection", snitch.openSnitchConnectionFields(event, env));
      const read = create(ConnectionSchema, codec.decodeOpenSnitchConnection(connection));
      expect(Buffer.from(toBinary(ConnectionSchema, read))).toEqual(connection);
      const bytes = codec.encodeOpenSnitchEvent(event, { env });
      await same(bytes, "Event", snitch.openSnitchEventFields(event, env));
      expect(Buffer.from(toBinary(EventSchema, create(EventSchema, codec.decodeOpenSnitchEvent(bytes))))).toEqual(
        bytes,
      );
    };
    await fc.assert(fc.asyncProperty(anyEventOf(type), fc.boolean(), check), { numRuns: 100 });
  });

  test.for(EVENT_TYPES)("alerts of the type %s", async (type) => {
    const check = async (any: MonitorEvent, env: boolean) => {
      const event = ordered(any);
      const bytes = codec.openSnitchAlert(event, { env });
      const { fields } = await python.read("protocol.Alert", bytes);
      // How grave it is, and in what words, is for the alert to choose.
      const { type = "ERROR", priority = "LOW", what = "GENERIC", text } = fields as procmon.Fields;
      const data = snitch.openSnitchAlertData(event, env) ?? { text };
      await same(bytes, "Alert", { id: String(event.time), action: "SHOW_ALERT", type, priority, what, ...data });
      expect(Object.values(data)[0]).toBeTruthy();
    };
    await fc.assert(fc.asyncProperty(anyEventOf(type), fc.boolean(), check), { numRuns: 50 });
  });
});
