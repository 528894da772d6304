import { ProcmonError } from "../errors/procmon-error.ts";
import { reasonOf } from "../method/method-error.ts";
import { startFirst } from "./method-lineup.ts";
import type { MethodDuty, MethodPost } from "./method-post.ts";

/** A method is restarted once in this time, in milliseconds. */
const RESTART_INTERVAL_MS = 60_000;

/**
 * Replaces a method that failed while running: by itself, started once more, else by the next one of the line-up that can run.
 * Where there is none, `duty.failure` tells why.
 */
export async function recover(duty: MethodDuty, failed: MethodPost, cause: unknown): Promise<void> {
  await failed.run.stop();
  duty.signal.throwIfAborted();
  // A switch has put another one in its place meanwhile, and has seen to what the failed one left.
  if (duty.post !== undefined) return;
  duty.onMethodGone();
  const { name } = failed.run.method;
  let reason = reasonOf(cause);
  try {
    if (await restart(duty, failed, reason)) return;
  } catch (error) {
    duty.signal.throwIfAborted();
    reason = `${reason} (starting it again failed: ${reasonOf(error)})`;
  }
  const first = failed.index + 1;
  const result = await startFirst(duty.lineup.slice(first), duty.trial, duty.signal);
  for (const skipped of result.skipped) {
    duty.announce("fallback", result.run?.method.name ?? name, { from: skipped.method, reason: skipped.reason });
  }
  if (result.run === undefined) {
    duty.failure = new ProcmonError({
      code: "METHOD_FAILED",
      message: `The method ${name} failed, and no other one takes over: ${reason}`,
      remedy: "Call switchMethod() with a method that can run, or make a new monitor.",
      cause,
    });
    duty.announce("failure", name, { reason });
    return;
  }
  const index = first + result.index;
  duty.post = { run: result.run, specifier: duty.lineup[index] ?? result.run.method, index };
  duty.announce("fallback", result.run.method.name, { from: name, reason });
  result.run.open();
}

/** Starts the same method again, where that is granted. */
async function restart(duty: MethodDuty, failed: MethodPost, reason: string): Promise<boolean> {
  const { specifier, restartedAt = Number.NEGATIVE_INFINITY } = failed;
  const now = performance.now();
  if (typeof specifier === "object" || now - restartedAt < RESTART_INTERVAL_MS) return false;
  const run = await duty.trial.run(await duty.trial.find(specifier));
  duty.post = { ...failed, run, restartedAt: now };
  duty.announce("restart", run.method.name, { reason });
  run.open();
  return true;
}
