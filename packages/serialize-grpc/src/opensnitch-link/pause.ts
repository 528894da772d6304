/** Waits. False where it was told to stop meanwhile, and then at once. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(over, ms);
    if (signal.aborted) over();
    else signal.addEventListener("abort", over);
  });
}
