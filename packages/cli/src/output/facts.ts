import type { Palette } from "./colour.ts";
import { padText, textWidth } from "./text-width.ts";

/** A name and what is known under it; undefined is left out. The text must be printable (see `escapeText`). */
export type Fact = readonly [name: string, text: string | undefined];

/** Formats facts below a heading, aligned. Nothing at all where none is known. */
export function formatFacts(heading: string, facts: readonly Fact[], palette: Palette): string {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== "");
  if (known.length === 0) return "";
  const width = Math.max(...known.map(([name]) => textWidth(name)));
  const lines = known.map(([name, text]) => `  ${palette.faint(padText(name, width))}  ${text}`);
  return `${palette.heading(heading)}\n${lines.join("\n")}\n`;
}

/** Formats lines below a heading. Nothing at all where there are none. */
export function formatList(heading: string, lines: readonly string[], palette: Palette): string {
  if (lines.length === 0) return "";
  return `${palette.heading(heading)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
