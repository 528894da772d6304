import type { LostEvent, MethodChange, MethodEvent } from "@procmon/core";

/** A sentence that tells of a loss, for example `12 connect events were lost (subscriber: full).` */
export function tellLoss({ count, eventType, source, cause }: LostEvent): string {
  const events = `${eventType === undefined ? "" : `${eventType} `}event${count === 1 ? " was" : "s were"}`;
  return `${count} ${events} lost (${source}: ${cause}).`;
}

/** A sentence that tells what happened to the method that runs. */
export function tellMethod({ change, method, from, reason }: MethodEvent): string {
  const sentence = SENTENCES[change]?.(method, from) ?? `The method ${method} has changed.`;
  // A reason is a sentence of its own.
  return reason === undefined ? sentence : `${sentence} ${reason}`;
}

const SENTENCES: Readonly<Record<MethodChange, (method: string, from: string | undefined) => string>> = {
  start: (method) => `The method ${method} runs.`,
  fallback: (method, from) => `The method ${method} runs${inPlaceOf(from)}.`,
  switch: (method, from) => `The method ${method} runs now${inPlaceOf(from)}.`,
  restart: (method) => `The method ${method} was restarted.`,
  // With `from`, another one was asked for, and `method` goes on.
  failure: (method, from) =>
    from === undefined ? `The method ${method} failed.` : `The method ${from} failed; ${method} goes on.`,
  stop: (method) => `The method ${method} was stopped.`,
};

function inPlaceOf(from: string | undefined): string {
  return from === undefined ? "" : ` in place of ${from}`;
}
