/** How long a command may take to end after it was told to, in milliseconds. */
const PATIENCE_MS = 800;

/** Tells when the user wants the command to end. */
export interface StopSignals extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort. A command that does not end within 800 ms, or is told twice, is
 * ended with `exitCode`.
 */
export function listenForStop(exitCode: number): StopSignals {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort();
    setTimeout(() => process.exit(exitCode), PATIENCE_MS).unref();
  };
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, stop);
    },
  };
}
