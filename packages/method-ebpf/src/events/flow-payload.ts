import type { BpfMap } from "@procmon/native";
import { ENDS_TARGET, ENDS_TARGET_PORT } from "../records/socket-ends.ts";
import { SOCKET_RECORD } from "../records/socket-record.ts";

/** Payload of one flow. */
export interface FlowPayload {
  readonly bytesSent: bigint;
  readonly bytesReceived: bigint;
}

/** Bytes of `struct flow_key`, and the places in it: bpf/socket/socket_info.h. */
export const FLOW_KEY = { cookie: 0, target: 8, target_port: 24, bytes: 32 } as const;

/** The places in `struct flow_value`. */
export const FLOW_VALUE = { begin: 0, sent: 8, received: 16, bytes: 24 } as const;

/** The key, in the kernel's table of flows, of the flow that a record tells of. */
export function flowKey(view: DataView, offset: number): Uint8Array {
  const key = new Uint8Array(FLOW_KEY.bytes);
  const record = new Uint8Array(view.buffer, view.byteOffset + offset, SOCKET_RECORD.bytes);
  key.set(record.subarray(SOCKET_RECORD.cookie, SOCKET_RECORD.cookie + 8), FLOW_KEY.cookie);
  const ends = SOCKET_RECORD.ends;
  key.set(record.subarray(ends + ENDS_TARGET, ends + ENDS_TARGET + 16), FLOW_KEY.target);
  key.set(record.subarray(ends + ENDS_TARGET_PORT, ends + ENDS_TARGET_PORT + 2), FLOW_KEY.target_port);
  return key;
}

/** Takes the flow that was first seen at `begin` out of the kernel's table. */
export type TakeFlowPayload = (key: Uint8Array, begin: bigint) => FlowPayload | undefined;

/** Makes what takes them; undefined is given for a flow that the kernel has forgotten, also if it then counted again from nothing. */
export function createFlowPayload(flows: Pick<BpfMap, "lookup" | "delete">): TakeFlowPayload {
  const value = new Uint8Array(FLOW_VALUE.bytes);
  const view = new DataView(value.buffer);
  return (key, begin) => {
    if (!flows.lookup(key, value)) return undefined;
    flows.delete(key);
    if (view.getBigUint64(FLOW_VALUE.begin, true) !== begin) return undefined;
    return {
      bytesSent: view.getBigUint64(FLOW_VALUE.sent, true),
      bytesReceived: view.getBigUint64(FLOW_VALUE.received, true),
    };
  };
}
