/** A text that V8 has in one piece, as those that come from the kernel; one that is put together is slower to read. */
export function flatText(text: string): string {
  return Buffer.from(text).toString("latin1");
}
