export * from "./opensnitch/alert.ts";
export { decodeOpenSnitchConnection, type OpenSnitchConnection } from "./opensnitch/decode-connection.ts";
export { decodeOpenSnitchEvent, type OpenSnitchEvent } from "./opensnitch/decode-event.ts";
export { decodeOpenSnitchProcess, type OpenSnitchProcess } from "./opensnitch/decode-process.ts";
export {
  encodeOpenSnitchConnection,
  type OpenSnitchConnectionOptions,
  type OwnedConnection,
} from "./opensnitch/encode-connection.ts";
export { type ConnectionEvent, encodeOpenSnitchEvent } from "./opensnitch/encode-event.ts";
export { encodeOpenSnitchProcess, type OpenSnitchProcessExtras } from "./opensnitch/encode-process.ts";
export {
  decodeOpenSnitchAlert,
  decodeOpenSnitchClientConfig,
  decodeOpenSnitchMsgResponse,
  decodeOpenSnitchNotification,
  decodeOpenSnitchNotificationReply,
  decodeOpenSnitchPingReply,
  decodeOpenSnitchPingRequest,
  decodeOpenSnitchStatistics,
  encodeOpenSnitchAlert,
  encodeOpenSnitchClientConfig,
  encodeOpenSnitchMsgResponse,
  encodeOpenSnitchNotification,
  encodeOpenSnitchNotificationReply,
  encodeOpenSnitchPingReply,
  encodeOpenSnitchPingRequest,
  encodeOpenSnitchStatistics,
  type MessageDecoder,
  type MessageEncoder,
} from "./opensnitch/messages.ts";
export {
  decodeOpenSnitchStringInt,
  encodeOpenSnitchStringInt,
  type OpenSnitchStringInt,
} from "./opensnitch/string-int.ts";
export { decodeConnection } from "./procmon-v1/decode-connection.ts";
export { decodeEvent } from "./procmon-v1/decode-event.ts";
export { decodeOwnership } from "./procmon-v1/decode-ownership.ts";
export { decodeProcess } from "./procmon-v1/decode-process.ts";
export { decodeSocket } from "./procmon-v1/decode-socket.ts";
export { encodeConnection } from "./procmon-v1/encode-connection.ts";
export { type EncodeEventOptions, encodeEvent } from "./procmon-v1/encode-event.ts";
export { encodeOwnership } from "./procmon-v1/encode-ownership.ts";
export { type EncodeOptions, encodeProcess } from "./procmon-v1/encode-process.ts";
export { encodeSocket } from "./procmon-v1/encode-socket.ts";
export * from "./serializer.ts";
