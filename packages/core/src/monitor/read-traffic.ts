import { ProcmonError } from "../errors/procmon-error.ts";
import { isListOf, isRecord } from "../method/check-method.ts";
import { asProcmonError } from "../method/method-error.ts";
import type { Traffic } from "../method/traffic.ts";
import { isConnection, isIdentity } from "./check-event.ts";
import type { MethodSupervisor } from "./method-supervisor.ts";

/**
 * Asks whichever method runs how many bytes each process has moved.
 *
 * @throws ProcmonError as `Monitor.traffic`.
 */
export async function readTraffic(supervisor: MethodSupervisor): Promise<Traffic> {
  const run = await supervisor.ready();
  const { method } = run;
  if (method.traffic === undefined) {
    throw new ProcmonError({
      code: "NOT_SUPPORTED",
      message: `The method ${method.name} does not count bytes.`,
      remedy: "Run the method ebpf, or another one that has traffic().",
    });
  }
  try {
    const traffic: unknown = await method.traffic();
    if (!isTraffic(traffic)) throw new Error("it gave none that can be read");
    return traffic;
  } catch (error) {
    // The method was stopped under the question: whoever runs now answers it.
    if (supervisor.current !== run) return readTraffic(supervisor);
    throw asProcmonError(error, "METHOD_FAILED", `The method ${method.name} could not tell the traffic`);
  }
}

function isTraffic(value: unknown): value is Traffic {
  return isRecord(value) && isCount(value.time) && isListOf(value.processes, isProcessTraffic);
}

function isProcessTraffic(value: unknown): boolean {
  return isCounted(value) && isIdentity(value.owner) && isListOf(value.connections, isConnectionTraffic);
}

function isConnectionTraffic(value: unknown): boolean {
  return isCounted(value) && isConnection(value.connection);
}

function isCounted(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && isCount(value.bytesSent) && isCount(value.bytesReceived);
}

function isCount(value: unknown): boolean {
  return typeof value === "bigint" && BigInt.asUintN(64, value) === value;
}
