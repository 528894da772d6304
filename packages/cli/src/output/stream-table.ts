import { type Column, formatRow } from "./table.ts";
import { cutText, textWidth } from "./text-width.ts";

/** A column of a table whose rows come one by one. */
export interface StreamColumn extends Column {
  /** The width to begin with; wider cells widen the column from then on. */
  readonly width: number;
  /** Cells never widen the column beyond this. @default 64 */
  readonly maxWidth?: number;
}

/** Formats rows that are not known in advance, aligned as well as can be. Lines end with a newline. */
export interface StreamTable {
  header(): string;
  /**
   * @param keep The last cell is never cut to fewer columns than this. @default 8
   * @param tail Stands behind the last cell, and is never cut. @default nothing
   */
  row(cells: readonly string[], keep?: number, tail?: string): string;
}

/** Makes a table for a stream. With `lineWidth`, lines are cut to the terminal's width, asked anew for each. */
export function createStreamTable(columns: readonly StreamColumn[], lineWidth?: () => number | undefined): StreamTable {
  const widths = columns.map((column) => Math.max(column.width, textWidth(column.title)));
  const titles = columns.map((column) => ({ title: column.title, align: column.align ?? ("left" as const) }));
  const last = columns.length - 1;

  function fit(cells: readonly string[], keep: number, tail: string): readonly string[] {
    const limit = lineWidth?.();
    if (limit === undefined) return [...cells.slice(0, last), (cells[last] ?? "") + tail];
    let before = 0;
    for (let index = 0; index < last; index++) {
      before += 2 + Math.max(widths[index] as number, textWidth(cells[index] ?? ""));
    }
    const room = Math.max(keep, limit - before - textWidth(tail));
    return [...cells.slice(0, last), cutText(cells[last] ?? "", room) + tail];
  }

  return {
    header: () =>
      `${formatRow(
        titles,
        widths,
        columns.map((column) => column.title),
      )}\n`,
    row(cells, keep = 8, tail = "") {
      for (let index = 0; index < last; index++) {
        const width = Math.min(textWidth(cells[index] ?? ""), columns[index]?.maxWidth ?? 64);
        if (width > (widths[index] as number)) widths[index] = width;
      }
      return `${formatRow(columns, widths, fit(cells, keep, tail))}\n`;
    },
  };
}
