import type { ServerUnaryCall, ServiceDefinition, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import { encodeMessage } from "../procmon-v1/encode-message.ts";
import { STATUS } from "../service/service-error.ts";
import { decodeText } from "../text/utf8-text.ts";
import { createWireReader } from "../wire/wire-reader.ts";
import { failAnswer, failStream } from "./fail-call.ts";
import { rawMethod } from "./grpc-methods.ts";
import type { StreamCall } from "./send-messages.ts";

/** grpc.health.v1.Health (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). */
export const HEALTH_METHODS: ServiceDefinition = {
  check: rawMethod("/grpc.health.v1.Health/Check"),
  watch: rawMethod("/grpc.health.v1.Health/Watch", { response: true }),
};

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

/**
 * Answers whether the server serves: as long as the signal is not aborted. The name of a service, or none, which is the server.
 */
export function healthHandlers(services: readonly string[], signal: AbortSignal): UntypedServiceImplementation {
  const known = new Set(["", ...services]);
  const watching = new Set<StreamCall>();
  signal.addEventListener(
    "abort",
    () => {
      for (const call of watching) call.write(healthResponse(NOT_SERVING));
    },
    { once: true },
  );

  function statusNow(): number {
    return signal.aborted ? NOT_SERVING : SERVING;
  }

  return {
    check(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      try {
        const isKnown = known.has(serviceOf(call.request));
        if (isKnown) answer(null, healthResponse(statusNow()));
        else answer({ code: STATUS.NOT_FOUND, details: "This server has no such service." });
      } catch (error) {
        failAnswer(answer, error);
      }
    },

    /** Does not end: an unknown service might come, by the protocol. */
    watch(call: StreamCall) {
      try {
        const isKnown = known.has(serviceOf(call.request));
        call.write(healthResponse(isKnown ? statusNow() : SERVICE_UNKNOWN));
        if (!isKnown || signal.aborted || call.cancelled) return;
        watching.add(call);
        call.on("cancelled", () => watching.delete(call));
      } catch (error) {
        failStream(call, error);
      }
    },
  };
}

/** HealthCheckRequest.service */
function serviceOf(request: Buffer): string {
  const reader = createWireReader(request, decodeText);
  let service = "";
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) service = reader.text();
    else reader.skip();
  }
  return service;
}

/** HealthCheckResponse */
function healthResponse(status: number): Buffer {
  return encodeMessage((writer) => writer.uint(1, status), undefined, false);
}
