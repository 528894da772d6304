/** Waits until it is so, or throws after ten seconds. */
export async function waitUntil(what: string, test: () => boolean): Promise<void> {
  const until = Date.now() + 10_000;
  while (!test()) {
    if (Date.now() > until) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
