import type { Hashing } from "@procmon/hashing";

/** How long calls that are nearly done have to end, in milliseconds. */
const PATIENCE_MS = 200;
const LOOK_MS = 10;

/**
 * True while a file system keeps this process in a call that does not come back: a thread that reads a file, or libuv's that opens one.
 * Node waits for all of its threads before it ends, and would never end.
 */
function isStuck(hasher: Hashing): boolean {
  const { threads, abandoned } = hasher.stats().threads;
  return threads + abandoned > 0 || process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
}

function endHard(): void {
  process.kill(process.pid, "SIGKILL");
}

/** From now on, an end of this process that stuck reads would hold up is made by SIGKILL. To be called when the hasher is about to be stopped. */
export function guardExit(hasher: Hashing): Disposable {
  const guard = (): void => {
    if (isStuck(hasher)) endHard();
  };
  process.on("exit", guard);
  return { [Symbol.dispose]: () => process.off("exit", guard) };
}

/** Ends this process by SIGKILL where reads are stuck. To be called once the hasher has stopped, and all output is written. */
export async function endStuckReads(hasher: Hashing, say: (sentence: string, tone: "warning") => void): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  while (isStuck(hasher)) {
    if (performance.now() > patience) {
      say("A file system does not answer, so that this can only end by SIGKILL.", "warning");
      endHard();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
