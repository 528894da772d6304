import type { ProbeCheck } from "@procmon/core";
import { findNative } from "./native-access.ts";

const COST = "Socket tables and descriptors are read from /proc, which takes several times as long.";

/** Whether the native half is there. */
export async function checkNative(isWanted: boolean): Promise<ProbeCheck> {
  const check = { name: "native", required: false };
  if (!isWanted) return { ...check, result: "unavailable", detail: "It is to go without native code.", cost: COST };
  const found = await findNative();
  if (found.native) return { ...check, result: "available", detail: "@procmon/native is loaded." };
  return { ...check, result: "unavailable", detail: found.reason, cost: COST, remedy: found.remedy };
}
