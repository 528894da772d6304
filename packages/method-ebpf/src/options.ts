import { ProcmonError } from "@procmon/core";
import { type HookName, isOptionalHook, OPTIONAL_HOOKS } from "./hooks/hooks.ts";

/** Options of {@link ebpfMethod}. */
export interface EbpfMethodOptions {
  /**
   * Watch processes and connections. Without it, sockets are listed and their owners searched when they are asked for, and nothing
   * else: right for a program that asks once and ends, since it starts in a fraction of the time. @default true
   */
  readonly events?: boolean;
  /**
   * Bytes of records that the kernel holds for a busy reader: a power of two from 65536 to 1 GiB. A process takes about 700 bytes
   * in all, a connection about 500. @default 16 MiB
   */
  readonly ringBytes?: number;
  /**
   * Sockets whose owners the kernel's table holds; 1024–16777216. With more, those that were used longest ago are found by a
   * search. Each takes 200 bytes of the kernel's memory. @default 131072
   */
  readonly maxSockets?: number;
  /** Milliseconds between two deliveries of events, at least; 1–1000. Who asks for an owner does not wait for it. @default 50 */
  readonly intervalMs?: number;
  /**
   * Hooks to do without, as an older kernel would have to; see the hooks that `procmon doctor` names. Those that nothing
   * works without may not be named. @default none
   */
  readonly withoutHooks?: readonly HookName[];
}

/** All options, with their defaults. */
export type CheckedOptions = Readonly<Required<EbpfMethodOptions>>;

/** Fills in the defaults. @throws ProcmonError `INVALID_OPTION` */
export function checkOptions(options: EbpfMethodOptions = {}): CheckedOptions {
  const { events = true, maxSockets = 131_072, intervalMs = 50, withoutHooks = [] } = options;
  const { ringBytes = 16 * 1024 * 1024 } = options;
  if (typeof events !== "boolean") {
    throw new ProcmonError({ code: "INVALID_OPTION", message: "events must be true or false." });
  }
  checkRange("maxSockets", maxSockets, 1024, 16_777_216);
  checkRange("intervalMs", intervalMs, 1, 1000);
  checkRange("ringBytes", ringBytes, 65_536, 1024 * 1024 * 1024);
  if (!Number.isInteger(Math.log2(ringBytes))) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `ringBytes cannot be ${ringBytes}.`,
      remedy: "Give a power of two, for example 16777216.",
    });
  }
  if (!Array.isArray(withoutHooks) || !withoutHooks.every(isOptionalHook)) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `withoutHooks cannot be ${String(withoutHooks)}.`,
      remedy: `Name some of ${OPTIONAL_HOOKS.join(", ")}.`,
    });
  }
  return { events, ringBytes, maxSockets, intervalMs, withoutHooks };
}

function checkRange(name: string, value: unknown, lowest: number, highest: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= lowest && (value as number) <= highest) return;
  throw new ProcmonError({
    code: "INVALID_OPTION",
    message: `${name} cannot be ${String(value)}.`,
    remedy: `Give a whole number from ${lowest} to ${highest}.`,
  });
}
