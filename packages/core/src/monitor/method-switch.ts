import { ProcmonError } from "../errors/procmon-error.ts";
import { reasonOf } from "../method/method-error.ts";
import { type MethodSpecifier, specifierName } from "../method/method-specifier.ts";
import { createEventOverlap } from "./event-overlap.ts";
import type { MethodDuty } from "./method-post.ts";
import type { MethodRun } from "./method-run.ts";

/**
 * Changes the method while running. The old one goes on until the new one runs. From then on the new one answers; its events are
 * still held back while the old one hands over what it has, and stops. Then they come, but for those that the old one has told.
 *
 * @throws ProcmonError why the new method does not run; the old one runs on.
 */
export async function switchMethod(duty: MethodDuty, specifier: MethodSpecifier): Promise<MethodRun> {
  if (duty.post === undefined && duty.failure === undefined) {
    throw new ProcmonError({
      code: "NOT_STARTED",
      message: "There is no running method to switch from.",
      remedy: "Call start() first.",
    });
  }
  const old = duty.post?.run;
  if (old !== undefined && old.method === specifier) return old;
  const overlap = createEventOverlap();
  duty.overlap = overlap;
  let run: MethodRun;
  try {
    run = await duty.trial.run(await duty.trial.find(specifier), overlap.isRepeat);
  } catch (error) {
    duty.overlap = undefined;
    if (!duty.signal.aborted && old !== undefined) {
      duty.announce("failure", old.method.name, { from: specifierName(specifier), reason: reasonOf(error) });
    }
    throw error;
  }
  duty.post = { run, specifier, index: duty.lineup.indexOf(specifier) };
  duty.failure = undefined;
  await old?.stop();
  duty.overlap = undefined;
  duty.onMethodGone();
  duty.announce("switch", run.method.name, old === undefined ? {} : { from: old.method.name });
  run.open();
  return run;
}
