import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import * as messages from "../generated/procmon/v1/service_pb.js";
import type { ProcmonService } from "../service/procmon-service.ts";
import { statusOf } from "../service/service-error.ts";
import { relayMessage } from "./relay-message.ts";

const { Procmon } = messages;

/** Adds the five calls of procmon.v1.Procmon to a router. */
export function addProcmonRoutes(router: ConnectRouter, service: ProcmonService): void {
  router.service(Procmon, {
    watch: (request, context) =>
      relayStream(messages.WatchResponseSchema, context, () =>
        service.watch(toBinary(messages.WatchRequestSchema, request), context.signal),
      ),
    snapshot: (request, context) =>
      relayStream(messages.SnapshotResponseSchema, context, () =>
        service.snapshot(toBinary(messages.SnapshotRequestSchema, request), context.signal),
      ),
    findOwner: (request, context) =>
      relayAnswer(messages.FindOwnerResponseSchema, context, () =>
        service.findOwner(toBinary(messages.FindOwnerRequestSchema, request)),
      ),
    findProcess: (request, context) =>
      relayAnswer(messages.FindProcessResponseSchema, context, () =>
        service.findProcess(toBinary(messages.FindProcessRequestSchema, request)),
      ),
    stats: (request, context) =>
      relayAnswer(messages.StatsResponseSchema, context, () =>
        service.stats(toBinary(messages.StatsRequestSchema, request)),
      ),
  });
}

async function* relayStream<Desc extends DescMessage>(
  schema: Desc,
  context: HandlerContext,
  open: () => AsyncIterable<Buffer>,
): AsyncGenerator<MessageShape<Desc>> {
  const asJson = isJson(context);
  try {
    for await (const bytes of open()) yield relayMessage(schema, bytes, asJson);
  } catch (error) {
    throw connectError(error);
  }
  // The service ends a call quietly whose time is over; but the client should know why.
  if (context.signal.aborted) throw ConnectError.from(context.signal.reason);
}

async function relayAnswer<Desc extends DescMessage>(
  schema: Desc,
  context: HandlerContext,
  ask: () => Promise<Buffer>,
): Promise<MessageShape<Desc>> {
  try {
    return relayMessage(schema, await ask(), isJson(context));
  } catch (error) {
    throw connectError(error);
  }
}

/** Content types end with `json` where the messages are JSON: `application/json`, `application/connect+json`, … */
function isJson(context: HandlerContext): boolean {
  return /json\b/i.test(context.requestHeader.get("content-type") ?? "");
}

function connectError(error: unknown): ConnectError {
  const { code, message } = statusOf(error);
  return new ConnectError(message, code, undefined, undefined, error);
}
