import { ProcmonError } from "../errors/procmon-error.ts";
import type { Hasher } from "./hasher.ts";
import type { Serializer } from "./serializer.ts";

const SPEC_VERSION = 1;
const LONGEST_NAME = 100;

/**
 * Checks that this is a hasher or a serializer that goes with those already in use.
 *
 * @throws ProcmonError `PLUGIN_INVALID` telling every member that is wrong, or what it collides with.
 */
export function checkPlugin(candidate: unknown, present: readonly (Hasher | Serializer)[]): Hasher | Serializer {
  const faults = pluginFaults(candidate);
  if (faults.length > 0) {
    throw invalid(`This is no plugin: ${faults.join(", ")}.`, "Make it fit Hasher or Serializer of @procmon/core.");
  }
  const plugin = candidate as Hasher | Serializer;
  for (const other of present) {
    if (other.kind !== plugin.kind) continue;
    if (other.name === plugin.name) {
      throw invalid(`A ${plugin.kind} named ${plugin.name} is in use already.`, "Use each plugin once.");
    }
    const shared = algorithmsOf(plugin).find((algorithm) => algorithmsOf(other).includes(algorithm));
    if (shared !== undefined) {
      throw invalid(`The hashers ${other.name} and ${plugin.name} both compute ${shared}.`, "Use one of them.");
    }
  }
  return plugin;
}

function pluginFaults(candidate: unknown): string[] {
  if (typeof candidate !== "object" || candidate === null) return ["it is no object"];
  const plugin = candidate as Record<string, unknown>;
  const { kind, specVersion, name } = plugin;
  const faults: string[] = [];
  if (specVersion !== SPEC_VERSION) faults.push(`specVersion must be ${SPEC_VERSION}`);
  if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME) faults.push("name must be a short text");
  if (kind === "hasher") {
    const { algorithms, hash } = plugin;
    if (!Array.isArray(algorithms) || !algorithms.every((each) => typeof each === "string")) {
      faults.push("algorithms must be a list of keys");
    }
    if (typeof hash !== "function") faults.push("hash must be a function");
    for (const member of ["attach", "peek", "stop"]) {
      const value = plugin[member];
      if (value !== undefined && typeof value !== "function") faults.push(`${member} must be a function or absent`);
    }
  } else if (kind === "serializer") {
    for (const member of ["serializeProcess", "serializeEvent"]) {
      if (typeof plugin[member] !== "function") faults.push(`${member} must be a function`);
    }
  } else {
    faults.push('kind must be "hasher" or "serializer"');
  }
  return faults;
}

function algorithmsOf(plugin: Hasher | Serializer): readonly string[] {
  return plugin.kind === "hasher" ? plugin.algorithms : [];
}

function invalid(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "PLUGIN_INVALID", message, remedy });
}
