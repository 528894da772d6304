import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ProcmonError } from "@procmon/core";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { file_procmon_v1_connection } from "../generated/procmon/v1/connection_pb.js";
import { file_procmon_v1_event } from "../generated/procmon/v1/event_pb.js";
import { file_procmon_v1_process } from "../generated/procmon/v1/process_pb.js";
import { file_procmon_v1_service } from "../generated/procmon/v1/service_pb.js";
import { partsIn } from "../service/watch-messages.test-kit.ts";
import { describeFiles, withImports } from "./described-files.ts";
import { HEALTH_FILE } from "./health-descriptor.ts";
import { parseListenAddress } from "./listen-address.ts";
import { reflectionResponse } from "./reflection.ts";
import { startServer } from "./start-server.test-kit.ts";

const files = describeFiles([...withImports(file_procmon_v1_service), HEALTH_FILE]);
const generated = [file_procmon_v1_service, file_procmon_v1_connection, file_procmon_v1_event, file_procmon_v1_process];

function ask(field: number, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return reflectionResponse(Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]), files);
}

function filesOf(response: Uint8Array): Uint8Array[] {
  return partsIn(partsIn(response, 4)[0] ?? Buffer.alloc(0), 1);
}

function errorOf(response: Uint8Array): number | undefined {
  return partsIn(response, 7)[0]?.[1];
}

test("the services are listed", () => {
  const names = partsIn(partsIn(ask(7, "*"), 6)[0] ?? Buffer.alloc(0), 1).map((service) =>
    String(partsIn(service, 1)[0]),
  );
  expect(names).toEqual(["procmon.v1.Procmon", "grpc.health.v1.Health"]);
});

test.each(["procmon.v1.Procmon", "procmon.v1.Procmon.Watch", "procmon.v1.WatchRequest"])(
  "with %s come exactly the files of the schema",
  (symbol) => {
    const found = filesOf(ask(4, symbol)).map((bytes) => Buffer.from(bytes).toString("hex"));
    const expected = generated.map(({ proto }) =>
      Buffer.from(toBinary(FileDescriptorProtoSchema, proto)).toString("hex"),
    );
    expect(found[0]).toBe(expected[0]);
    expect(found.toSorted()).toEqual(expected.toSorted());
  },
);

test("types inside of types are found, and files by their names", () => {
  const [event] = filesOf(ask(4, "procmon.v1.MethodChange.Change"));
  expect(fromBinary(FileDescriptorProtoSchema, event ?? Buffer.alloc(0)).name).toBe("procmon/v1/event.proto");
  expect(filesOf(ask(3, "procmon/v1/process.proto"))).toHaveLength(1);
  expect(filesOf(ask(3, "procmon/v1/event.proto"))).toHaveLength(3);
});

test("what is told makes a schema", () => {
  for (const service of files.services) {
    const found = filesOf(ask(4, service)).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    // Those without imports first.
    const file = found.toSorted((one, other) => one.dependency.length - other.dependency.length);
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
    expect(registry.getService(service)?.methods.length).toBeGreaterThan(0);
  }
});

test.each([
  [3, "nothing.proto"],
  [3, "__proto__"],
  [4, "constructor"],
  [4, "procmon.v1"],
  [5, ""],
  [6, "procmon.v1.Process"],
])("of what there is not (%i: %s) nothing is told", (field, text) => {
  expect(errorOf(ask(field, text))).toBe(5);
});

test("the question comes back, with its host", () => {
  const request = Buffer.from([0x0a, 1, 0x68, 0x3a, 0]);
  const response = reflectionResponse(request, files);
  expect(partsIn(response, 1)[0]).toEqual(Buffer.from("h"));
  expect(partsIn(response, 2)[0]).toEqual(request);
});

test("any bytes are answered, or refused by a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        reflectionResponse(bytes, files);
      } catch (error) {
        expect(ProcmonError.isInstance(error)).toBe(true);
      }
    }),
  );
});

const BUF = join(import.meta.dirname, "../../node_modules/.bin/buf");

test.each(["grpc-v1", "grpc-v1alpha"])("a client of another make asks by it (%s)", async (protocol) => {
  const { address } = await startServer();
  const parsed = parseListenAddress(address);
  const socket = parsed.kind === "unix" ? parsed.path : "";
  expect(existsSync(BUF)).toBe(true);
  const call = async (path: string, data: string): Promise<unknown> => {
    const options = ["--protocol", "grpc", "--http2-prior-knowledge", "--unix-socket", socket];
    const reflect = ["--reflect", "--reflect-protocol", protocol, "-d", data];
    const child = spawn(BUF, ["curl", ...options, ...reflect, `http://localhost/${path}`]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const [said, faults] = await Promise.all(
      [child.stdout, child.stderr].map(async (stream) => {
        let text = "";
        for await (const part of stream) text += part;
        return text;
      }),
    );
    expect(faults).toBe("");
    return JSON.parse(said ?? "");
  };
  expect(await call("procmon.v1.Procmon/Stats", "{}")).toMatchObject({ method: "synthetic" });
  expect(await call("procmon.v1.Procmon/FindProcess", '{"pid":1}')).toMatchObject({ process: { pid: 1 } });
  expect(await call("grpc.health.v1.Health/Check", "{}")).toEqual({ status: "SERVING" });
});
