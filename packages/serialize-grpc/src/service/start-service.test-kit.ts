import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createMonitor, type Monitor } from "@procmon/core";
import { onTestFinished } from "vitest";
import {
  type StatsResponse,
  StatsResponseSchema,
  type WatchRequest,
  WatchRequestSchema,
} from "../generated/procmon/v1/service_pb.js";
import { encodeConnection } from "../procmon-v1/encode-connection.ts";
import { createProcmonService, type ProcmonService, type ProcmonServiceOptions } from "./procmon-service.ts";
import { asField } from "./queued-event.ts";
import { statusOf } from "./service-error.ts";
import { type SyntheticAnswers, type SyntheticMethod, syntheticMethod } from "./synthetic-method.test-kit.ts";

/** Nothing is asked for in particular. */
export const EMPTY: Buffer = Buffer.alloc(0);

/** A request for a connection that the synthetic method has no owner of. */
export const OWNER_REQUEST: Buffer = asField(
  1,
  encodeConnection({ protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 }),
);

/** A procmon.v1.WatchRequest. */
export function watchRequest(fields: Partial<Omit<WatchRequest, "$typeName" | "$unknown">>): Buffer {
  return Buffer.from(toBinary(WatchRequestSchema, create(WatchRequestSchema, fields)));
}

/** A procmon.v1.StatsResponse. */
export function statsIn(message: Uint8Array): StatsResponse {
  return fromBinary(StatsResponseSchema, message);
}

/** A monitor that runs a synthetic method until the test ends. */
export async function startSynthetic(
  answers?: SyntheticAnswers,
): Promise<{ readonly method: SyntheticMethod; readonly monitor: Monitor }> {
  const method = syntheticMethod(answers);
  const monitor = createMonitor({ methods: [method] });
  onTestFinished(() => monitor.stop());
  await monitor.start();
  return { method, monitor };
}

/** The same, with a service. */
export async function startService(
  options?: ProcmonServiceOptions,
  answers?: SyntheticAnswers,
): Promise<{ readonly method: SyntheticMethod; readonly monitor: Monitor; readonly service: ProcmonService }> {
  const { method, monitor } = await startSynthetic(answers);
  const service = createProcmonService(monitor, options);
  onTestFinished(() => service.stop());
  return { method, monitor, service };
}

/** No message of any kind. */
export const GARBAGE: Buffer = Buffer.from([0x0a, 0xff, 0x01]);

/** The status with which something throws, and 0 where it does not. */
export function codeOf(work: () => unknown): number {
  try {
    work();
  } catch (error) {
    return statusOf(error).code;
  }
  return 0;
}

/** The status with which something is rejected, and 0 where it is not. */
export function codeLater(work: Promise<unknown>): Promise<number> {
  return work.then(
    () => 0,
    (error: unknown) => statusOf(error).code,
  );
}
