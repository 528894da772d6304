import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { encodeMessage } from "../procmon-v1/encode-message.ts";
import { STATUS } from "../service/service-error.ts";
import { decodeText } from "../text/utf8-text.ts";
import { createWireReader } from "../wire/wire-reader.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import type { DescribedFiles } from "./described-files.ts";
import { failStream } from "./fail-call.ts";
import { rawMethod } from "./grpc-methods.ts";

/** grpc.reflection (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md), in both versions, which differ by the name alone. */
export const REFLECTION_METHODS: ServiceDefinition = {
  v1: rawMethod("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", { request: true, response: true }),
  v1alpha: rawMethod("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {
    request: true,
    response: true,
  }),
};

/** Tells clients of the schema. What they ask for faster than they read the answers waits with them. */
export function reflectionHandlers(files: DescribedFiles): UntypedServiceImplementation {
  function converse(call: ServerDuplexStream<Buffer, Buffer>): void {
    call.on("data", (request: Buffer) => {
      try {
        if (call.write(reflectionResponse(request, files))) return;
        call.pause();
        call.once("drain", () => call.resume());
      } catch (error) {
        failStream(call, error);
      }
    });
    call.on("end", () => call.end());
  }
  return { v1: converse, v1alpha: converse };
}

/** The fields of ServerReflectionRequest. */
const HOST = 1;
const FILE_BY_NAME = 3;
const FILE_OF_SYMBOL = 4;
const FILE_OF_EXTENSION = 5;
const EXTENSIONS_OF_TYPE = 6;
const LIST_SERVICES = 7;

/** The fields of ServerReflectionResponse. */
const VALID_HOST = 1;
const ORIGINAL_REQUEST = 2;
const FILES = 4;
const SERVICES = 6;
const ERROR = 7;

/**
 * A ServerReflectionResponse to a ServerReflectionRequest.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function reflectionResponse(request: Uint8Array, files: DescribedFiles): Buffer {
  const { host, field, text } = readRequest(request);
  return encodeMessage(
    (writer) => {
      writer.text(VALID_HOST, host);
      writer.bytes(ORIGINAL_REQUEST, request);
      if (field === LIST_SERVICES) writeServices(writer, files.services);
      else if (field === FILE_BY_NAME) writeFiles(writer, files.byName(text));
      else if (field === FILE_OF_SYMBOL) writeFiles(writer, files.bySymbol(text));
      // There are no extensions in proto3.
      else writeFiles(writer, undefined);
    },
    undefined,
    false,
  );
}

interface Question {
  readonly host: string;
  /** The last one wins, as of every oneof. */
  readonly field: number;
  readonly text: string;
}

function readRequest(request: Uint8Array): Question {
  const reader = createWireReader(request, decodeText);
  let host = "";
  let asked = 0;
  let text = "";
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === HOST) host = reader.text();
    else if (field === FILE_OF_EXTENSION || field === EXTENSIONS_OF_TYPE) {
      reader.skip();
      asked = field;
    } else if (field === FILE_BY_NAME || field === FILE_OF_SYMBOL || field === LIST_SERVICES) {
      text = reader.text();
      asked = field;
    } else reader.skip();
  }
  return { host, field: asked, text };
}

function writeServices(writer: WireWriter, names: readonly string[]): void {
  const list = writer.begin(SERVICES);
  for (const name of names) {
    const service = writer.begin(1);
    writer.text(1, name);
    writer.end(service);
  }
  writer.end(list);
}

function writeFiles(writer: WireWriter, files: readonly Uint8Array[] | undefined): void {
  if (files === undefined) {
    const error = writer.begin(ERROR);
    writer.uint(1, STATUS.NOT_FOUND);
    writer.text(2, "There is nothing of that name.");
    writer.end(error);
    return;
  }
  const list = writer.begin(FILES);
  for (const file of files) writer.bytes(1, file);
  writer.end(list);
}
