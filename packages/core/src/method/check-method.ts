import { PROTOCOLS } from "../connection/protocol.ts";
import { ProcmonError } from "../errors/procmon-error.ts";
import { EVENT_TYPES } from "../event/monitor-event.ts";
import { METHOD_SPEC_VERSION, type MonitorMethod } from "./monitor-method.ts";

const NAME = /^[\w@][\w@./-]{0,63}$/;
const FUNCTIONS = ["probe", "start", "stop", "findOwner"] as const;
const OPTIONAL_FUNCTIONS = ["snapshot", "traffic", "visibility", "stats"] as const;

/**
 * Checks that this is a method of the contract that this package speaks.
 *
 * @param origin where it comes from, for the message.
 * @throws ProcmonError `METHOD_INVALID` telling every member that is wrong, `METHOD_SPEC_UNSUPPORTED` for another version.
 */
export function checkMethod(candidate: unknown, origin: string): MonitorMethod {
  if (!isRecord(candidate)) throw invalid(origin, ["it is no object"]);
  const { specVersion } = candidate;
  if (typeof specVersion === "number" && specVersion !== METHOD_SPEC_VERSION) {
    throw new ProcmonError({
      code: "METHOD_SPEC_UNSUPPORTED",
      message: `${origin} speaks version ${specVersion} of the method contract, this @procmon/core version ${METHOD_SPEC_VERSION}.`,
      remedy: "Install versions of the method and of @procmon/core that go together.",
    });
  }
  const faults = [...memberFaults(candidate), ...capabilityFaults(candidate.capabilities)];
  if (faults.length > 0) throw invalid(origin, faults);
  return candidate as unknown as MonitorMethod;
}

function memberFaults(method: Record<string, unknown>): string[] {
  const faults: string[] = [];
  if (method.specVersion !== METHOD_SPEC_VERSION) faults.push(`specVersion must be ${METHOD_SPEC_VERSION}`);
  if (typeof method.name !== "string" || !NAME.test(method.name)) {
    faults.push("name must be a short text of letters, digits and -");
  }
  for (const name of FUNCTIONS) {
    if (typeof method[name] !== "function") faults.push(`${name} must be a function`);
  }
  for (const name of OPTIONAL_FUNCTIONS) {
    if (method[name] !== undefined && typeof method[name] !== "function") {
      faults.push(`${name} must be a function or absent`);
    }
  }
  return faults;
}

function capabilityFaults(capabilities: unknown): string[] {
  if (!isRecord(capabilities)) return ["capabilities must be an object"];
  const faults: string[] = [];
  const { events, protocols, execSafe, networkNamespaces, blindSpots } = capabilities;
  if (!isRecord(events) || !Object.entries(events).every(isCoverage)) {
    faults.push("capabilities.events must map event types to complete or polled");
  }
  if (!isListOf(protocols, (each) => PROTOCOLS.includes(each as never))) {
    faults.push("capabilities.protocols must be a list of protocols");
  }
  if (typeof execSafe !== "boolean") faults.push("capabilities.execSafe must be true or false");
  if (networkNamespaces !== "all" && networkNamespaces !== "own") {
    faults.push("capabilities.networkNamespaces must be all or own");
  }
  if (!isListOf(blindSpots, (each) => typeof each === "string")) {
    faults.push("capabilities.blindSpots must be a list of sentences");
  }
  return faults;
}

function isCoverage([type, coverage]: [string, unknown]): boolean {
  const isObserved = EVENT_TYPES.includes(type as never) && type !== "lost" && type !== "method";
  return isObserved && (coverage === "complete" || coverage === "polled" || coverage === undefined);
}

/** True for an array of which each item is accepted. */
export function isListOf(value: unknown, accepts: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(accepts);
}

/** True for an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function invalid(origin: string, faults: readonly string[]): ProcmonError {
  return new ProcmonError({
    code: "METHOD_INVALID",
    message: `${origin} is no monitor method: ${faults.join(", ")}.`,
    remedy: "Make it fit the interface MonitorMethod of @procmon/core; @procmon/method-test-suite tests that.",
  });
}
