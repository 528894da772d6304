import { ProcmonError } from "@procmon/core";

/** How much may wait, and for how long. */
interface Limits {
  readonly maxPending?: number;
  readonly timeoutMs?: number;
}

/** Fills in the defaults. @throws ProcmonError `INVALID_OPTION` */
export function checkAssemblerOptions({ maxPending = 4096, timeoutMs = 2000 }: Limits): Required<Limits> {
  checkRange("maxPending", maxPending, 1_048_576);
  checkRange("timeoutMs", timeoutMs, 3_600_000);
  return { maxPending, timeoutMs };
}

function checkRange(name: string, value: number, highest: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= highest) return;
  throw new ProcmonError({
    code: "INVALID_OPTION",
    message: `The option "${name}" cannot be ${String(value)}.`,
    remedy: `Give a whole number from 1 to ${highest}.`,
  });
}
