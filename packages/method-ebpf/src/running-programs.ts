import type { MethodHost } from "@procmon/core";
import { createEventPipe } from "./events/event-pipe.ts";
import { attachPrograms } from "./kernel/attach-programs.ts";
import type { LoadedPrograms, MissingHook } from "./kernel/load-programs.ts";
import { openPrograms } from "./kernel/open-programs.ts";
import type { CheckedOptions } from "./options.ts";
import { createSocketQuestions, type SocketQuestions } from "./socket-questions.ts";

/** The method while it runs. */
export interface RunningPrograms {
  readonly missing: readonly MissingHook[];
  readonly questions: SocketQuestions;
  stats(): Readonly<Record<string, number>>;
  /** Tells what the kernel has told until now, and takes everything away. */
  stop(): Promise<void>;
}

/**
 * Loads and attaches the programs, and learns what is there already: nothing that begins from then on is missed.
 *
 * @throws ProcmonError `METHOD_UNAVAILABLE`
 */
export async function runPrograms(
  host: MethodHost,
  options: CheckedOptions,
  prepared?: LoadedPrograms,
): Promise<RunningPrograms> {
  const loaded = openPrograms(host.procfs, { ...options, captureEnv: host.captureEnv }, prepared);
  const { object } = loaded;
  // Who reads must be there before there is something to read.
  const { pipe, questions } = makeParts(host, loaded, options.intervalMs);

  async function stop(): Promise<void> {
    for (const { name } of object.programs) object.detach(name);
    await pipe.end();
    questions.close();
    object.close();
  }

  try {
    const missing = [...loaded.missing, ...attachPrograms(host.procfs, loaded)];
    await pipe.recover();
    if (options.events) await questions.begin();
    return { missing, questions, stats: () => ({ ...pipe.stats(), ...questions.stats() }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeParts(host: MethodHost, { object, live }: LoadedPrograms, intervalMs: number) {
  const names = new Set(live.map(({ name }) => name));
  let questions: SocketQuestions | undefined;
  const pipe = createEventPipe({
    host,
    object,
    live: names,
    intervalMs,
    onClosed: (record) => questions?.noteClosed(record),
  });
  questions = createSocketQuestions(host, object, pipe, names);
  return { pipe, questions };
}
