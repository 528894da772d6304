import { create, type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";

const WIRE_TYPE_BITS = 3;
const WIRE_TYPE = 7;
/** Tags of the fields 1 to 15 have one byte. */
const LARGEST_SHORT_TAG = 127;

/**
 * Makes a message of bytes that the service has encoded. It is only decoded where it must become JSON; else it is a message whose one
 * field, unknown to protobuf-es, is these very bytes (https://github.com/bufbuild/protobuf-es, MANUAL.md, unknown fields).
 */
export function relayMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  asJson: boolean,
): MessageShape<Desc> {
  const tag = bytes[0];
  if (asJson || tag === undefined || tag > LARGEST_SHORT_TAG) return fromBinary(schema, bytes);
  const message = create(schema);
  message.$unknown = [{ no: tag >> WIRE_TYPE_BITS, wireType: tag & WIRE_TYPE, data: bytes.subarray(1) }];
  return message;
}
