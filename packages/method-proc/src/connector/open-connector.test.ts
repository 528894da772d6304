import { DEFAULT_PROCFS } from "@procmon/core";
import * as native from "@procmon/native";
import { expect, it } from "vitest";
import type { NativeAccess } from "../native-access.ts";
import { openConnector } from "./open-connector.ts";

// This kernel lets everybody listen (since Linux 6.6), and cannot be made to refuse.

/** The native half, where no socket of the connector can be opened. */
function refusing(code: string): NativeAccess {
  return {
    ...native,
    openNetlinkSocket() {
      throw new native.NativeError(code, `setsockopt failed: no (${code}).`, "setsockopt");
    },
  };
}

it("names the privilege that is missing", () => {
  expect(openConnector(refusing("EPERM"), DEFAULT_PROCFS, 0)).toMatchObject({
    reason: "The kernel tells of processes only with CAP_NET_ADMIN.",
    remedy: "Give it CAP_NET_ADMIN.",
  });
});

it("tells that the kernel has none", () => {
  expect(openConnector(refusing("EPROTONOSUPPORT"), DEFAULT_PROCFS, 0)).toMatchObject({
    reason: expect.stringContaining("EPROTONOSUPPORT"),
    remedy: expect.stringContaining("CONFIG_PROC_EVENTS"),
  });
});

it("does not take a passing fault for an answer", () => {
  expect(openConnector(refusing("ENOBUFS"), DEFAULT_PROCFS, 0)).toMatchObject({ isUnsure: true });
});
