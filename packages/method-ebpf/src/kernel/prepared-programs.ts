import type { LoadedPrograms } from "./load-programs.ts";

/** Programs that a probe has had verified: a start that follows at once takes them, which is half of its time. */
export interface PreparedPrograms {
  /** Keeps them for a moment. */
  keep(loaded: LoadedPrograms): void;
  /** Those that were kept, which are the caller's now. */
  take(): LoadedPrograms | undefined;
  /** Lets them go. */
  drop(): void;
}

/** Milliseconds for which they are kept: who starts later has them verified again. */
const KEPT_MS = 100;

/** Makes a place for them. */
export function createPreparedPrograms(): PreparedPrograms {
  let kept: LoadedPrograms | undefined;
  let timer: NodeJS.Timeout | undefined;

  function take(): LoadedPrograms | undefined {
    clearTimeout(timer);
    const loaded = kept;
    kept = undefined;
    return loaded;
  }

  function drop(): void {
    take()?.object.close();
  }

  return {
    keep(loaded) {
      drop();
      kept = loaded;
      timer = setTimeout(drop, KEPT_MS);
      timer.unref();
    },
    take,
    drop,
  };
}
