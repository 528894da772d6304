import measure from "fast-string-truncated-width";

const ASCII = /^[\x20-\x7e]*$/;

/** True if each character takes one column, as most text does: then nothing has to be measured. */
export function isNarrow(text: string): boolean {
  return ASCII.test(text);
}

/** How many columns of a terminal a printable text takes; wide characters take two. */
export function textWidth(text: string): number {
  return ASCII.test(text) ? text.length : measure(text).width;
}

/** Cuts a text to so many columns; the last one then is an ellipsis. */
export function cutText(text: string, width: number): string {
  if (text.length <= width && ASCII.test(text)) return text;
  if (ASCII.test(text)) return `${text.slice(0, Math.max(0, width - 1))}…`;
  const cut = measure(text, { limit: width, ellipsis: "…", ellipsisWidth: 1 });
  if (!cut.truncated) return text;
  return `${text.slice(0, cut.index)}${cut.ellipsed ? "…" : ""}`;
}

/** Fills a text with spaces up to a width. */
export function padText(
  text: string,
  width: number,
  align: "left" | "right" = "left",
  narrow: boolean = isNarrow(text),
): string {
  if (narrow) return align === "left" ? text.padEnd(width) : text.padStart(width);
  const missing = width - textWidth(text);
  if (missing <= 0) return text;
  return align === "left" ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}
