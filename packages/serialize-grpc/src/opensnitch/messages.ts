import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  mergeFromBinary,
  toBinary,
} from "@bufbuild/protobuf";
import {
  AlertSchema,
  ClientConfigSchema,
  MsgResponseSchema,
  NotificationReplySchema,
  NotificationSchema,
  PingReplySchema,
  PingRequestSchema,
  StatisticsSchema,
} from "../generated/opensnitch/ui_pb.js";
import { invalidMessage } from "../wire/invalid-message.ts";

/** Makes the bytes of a message. What does not fit its fields is a ProcmonError `INVALID_MESSAGE`. */
export type MessageEncoder<Schema extends DescMessage> = (init: MessageInitShape<Schema>) => Buffer;

/** Reads a message. Bytes that are none are a ProcmonError `INVALID_MESSAGE`. */
export type MessageDecoder<Schema extends DescMessage> = (bytes: Uint8Array) => MessageShape<Schema>;

// The messages of OpenSnitch's UI that are not many (proto/opensnitch/ui.proto).
export const encodeOpenSnitchAlert: MessageEncoder<typeof AlertSchema> = encoder(AlertSchema);
export const decodeOpenSnitchAlert: MessageDecoder<typeof AlertSchema> = decoder(AlertSchema);
export const encodeOpenSnitchStatistics: MessageEncoder<typeof StatisticsSchema> = encoder(StatisticsSchema);
export const decodeOpenSnitchStatistics: MessageDecoder<typeof StatisticsSchema> = decoder(StatisticsSchema);
export const encodeOpenSnitchPingRequest: MessageEncoder<typeof PingRequestSchema> = encoder(PingRequestSchema);
export const decodeOpenSnitchPingRequest: MessageDecoder<typeof PingRequestSchema> = decoder(PingRequestSchema);
export const encodeOpenSnitchPingReply: MessageEncoder<typeof PingReplySchema> = encoder(PingReplySchema);
export const decodeOpenSnitchPingReply: MessageDecoder<typeof PingReplySchema> = decoder(PingReplySchema);
export const encodeOpenSnitchClientConfig: MessageEncoder<typeof ClientConfigSchema> = encoder(ClientConfigSchema);
export const decodeOpenSnitchClientConfig: MessageDecoder<typeof ClientConfigSchema> = decoder(ClientConfigSchema);
export const encodeOpenSnitchNotification: MessageEncoder<typeof NotificationSchema> = encoder(NotificationSchema);
export const decodeOpenSnitchNotification: MessageDecoder<typeof NotificationSchema> = decoder(NotificationSchema);
export const encodeOpenSnitchNotificationReply: MessageEncoder<typeof NotificationReplySchema> =
  encoder(NotificationReplySchema);
export const decodeOpenSnitchNotificationReply: MessageDecoder<typeof NotificationReplySchema> =
  decoder(NotificationReplySchema);
export const encodeOpenSnitchMsgResponse: MessageEncoder<typeof MsgResponseSchema> = encoder(MsgResponseSchema);
export const decodeOpenSnitchMsgResponse: MessageDecoder<typeof MsgResponseSchema> = decoder(MsgResponseSchema);

/** Reads a message into what has been read of it already. */
export function mergeMessage<Schema extends DescMessage>(
  schema: Schema,
  known: MessageShape<Schema> | undefined,
  bytes: Uint8Array,
): MessageShape<Schema> {
  try {
    return mergeFromBinary(schema, known ?? create(schema), bytes);
  } catch (cause) {
    throw invalidMessage(reasonOf(cause), cause);
  }
}

function encoder<Schema extends DescMessage>(schema: Schema): MessageEncoder<Schema> {
  return (init) => {
    try {
      const { buffer, byteOffset, byteLength } = toBinary(schema, create(schema, init));
      return Buffer.from(buffer, byteOffset, byteLength);
    } catch (cause) {
      throw invalidMessage(reasonOf(cause), cause);
    }
  };
}

function decoder<Schema extends DescMessage>(schema: Schema): MessageDecoder<Schema> {
  return (bytes) => mergeMessage(schema, undefined, bytes);
}

/** The library's own words may quote a value of any length. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, 200) : "it cannot be read";
}
