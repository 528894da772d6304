import { expect, it } from "vitest";
import { socketRecordBytes } from "../records/record-bytes.test-kit.ts";
import { createFlowPayload, flowKey } from "./flow-payload.ts";

const RECORD = { cookie: 0x0102030405060708n, ends: { dstIp: "10.1.2.3", dstPort: 0x1234 } };

it("makes the key that the programs make", () => {
  const batch = Buffer.concat([Buffer.alloc(8), Buffer.from(socketRecordBytes(RECORD).buffer)]);
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  expect(Buffer.from(flowKey(view, 8)).toString("hex")).toBe(
    ["0807060504030201", "00000000000000000000ffff0a010203", "3412", "000000000000"].join(""),
  );
});

it("takes a flow once, and gives its bytes", () => {
  const value = new DataView(new ArrayBuffer(24));
  value.setBigUint64(0, 9n, true);
  value.setBigUint64(8, 2n ** 40n, true);
  value.setBigUint64(16, 3n, true);
  let isThere = true;
  const key = new Uint8Array(32);
  const take = createFlowPayload({
    lookup: (asked, into) => {
      expect(asked).toBe(key);
      if (isThere) into.set(new Uint8Array(value.buffer));
      return isThere;
    },
    delete: () => {
      isThere = false;
      return true;
    },
  });
  expect(take(key, 9n)).toEqual({ bytesSent: 2n ** 40n, bytesReceived: 3n });
  expect(take(key, 9n)).toBeUndefined();
  isThere = true;
  // The kernel has forgotten it, and begun anew: what it had carried before is not known.
  expect(take(key, 8n)).toBeUndefined();
  expect(isThere).toBe(false);
});
