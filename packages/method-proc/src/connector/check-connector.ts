import type { ProbeCheck, ProbeReport, Procfs } from "@procmon/core";
import { findNative } from "../native-access.ts";
import type { ProcessEventsOption } from "../scan/scan-messages.ts";
import { type Refusal, tryConnector } from "./connector-stream.ts";

/** What of the method's options matters here. */
export interface ConnectorCheckOptions {
  readonly native: boolean;
  readonly processEvents: ProcessEventsOption;
}

const NAME = "proc-connector";
const COST = "Processes are looked for again and again: those that begin and end between two looks are not seen.";

const WITHOUT_NATIVE: Refusal = { reason: "It is to go without native code." };

/** Whether the kernel tells of processes here. Subscribes for a moment. */
export async function checkConnector(
  procfs: Procfs,
  { native, processEvents }: ConnectorCheckOptions,
): Promise<ProbeCheck> {
  const check = { name: NAME, required: processEvents === "connector" };
  const found = native ? await findNative() : undefined;
  const refusal = found?.native ? tryConnector(found.native, procfs) : (found ?? WITHOUT_NATIVE);
  if (refusal === undefined) return { ...check, result: "available", detail: "The kernel tells of each process." };
  const { reason, remedy } = refusal;
  const result = "isUnsure" in refusal ? "unknown" : "unavailable";
  return { ...check, result, detail: reason, cost: COST, ...(remedy === undefined ? {} : { remedy }) };
}

/** Whether the check was passed. */
export function tellsOfProcesses({ checks }: ProbeReport): boolean {
  return checks.some(({ name, result }) => name === NAME && result === "available");
}
