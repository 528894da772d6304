import type {
  MethodDefinition,
  ServerUnaryCall,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Logger } from "@procmon/core";
import type { ProcmonService } from "../service/procmon-service.ts";
import { STATUS, statusOf } from "../service/service-error.ts";
import { type StreamCall, sendMessages } from "./send-messages.ts";

/** A method whose messages are bytes to gRPC: they are encoded already. */
export function rawMethod(
  path: string,
  streams: { readonly request?: boolean; readonly response?: boolean } = {},
): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: streams.request ?? false,
    responseStream: streams.response ?? false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

/** procmon.v1.Procmon, as gRPC knows it. */
export const PROCMON_METHODS: ServiceDefinition = {
  watch: rawMethod("/procmon.v1.Procmon/Watch", { response: true }),
  findOwner: rawMethod("/procmon.v1.Procmon/FindOwner"),
  findProcess: rawMethod("/procmon.v1.Procmon/FindProcess"),
  snapshot: rawMethod("/procmon.v1.Procmon/Snapshot", { response: true }),
  stats: rawMethod("/procmon.v1.Procmon/Stats"),
};

/** The service, as gRPC calls it. */
export function procmonHandlers(service: ProcmonService, log: Logger): UntypedServiceImplementation {
  function unary(lookup: (request: Buffer) => Promise<Buffer>) {
    return async (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): Promise<void> => {
      try {
        answer(null, await lookup(call.request));
      } catch (error) {
        const { code, message } = statusOf(error);
        if (code === STATUS.INTERNAL) log.error("A call failed.", { method: call.getPath(), error });
        answer({ code, details: message });
      }
    };
  }

  return {
    watch: (call: StreamCall) => sendMessages(call, service.watch, log),
    findOwner: unary(service.findOwner),
    findProcess: unary(service.findProcess),
    snapshot: (call: StreamCall) => sendMessages(call, service.snapshot, log),
    stats: unary(service.stats),
  };
}
