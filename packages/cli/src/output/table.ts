import { cutText, isNarrow, padText, textWidth } from "./text-width.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
  /** Paints a cell; `text` is already padded, `cell` is what stands in it. */
  readonly paint?: (text: string, cell: string) => string;
}

/** How a table is printed. */
export interface TableOptions {
  /** @default true */
  readonly header?: boolean;
  readonly paintHeader?: (text: string) => string;
  /** Cut lines to so many columns of the terminal. @default lines are never cut */
  readonly width?: number | undefined;
}

const GAP = 2;

/** What is left for the last column of a line; it gets at least its title. */
function lastWidth(columns: readonly Column[], widths: readonly number[], total: number): number {
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, 0);
  return Math.max(columns.at(-1)?.title.length ?? 0, total - before);
}

/** Formats one line. The last column is never padded on its right. */
export function formatRow(columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string {
  let line = "";
  const last = columns.length - 1;
  const narrow = isNarrow(cells.join(""));
  for (let index = 0; index <= last; index++) {
    const column = columns[index] as Column;
    const cell = cells[index] ?? "";
    const width = widths[index] ?? 0;
    const padded = index === last && column.align !== "right" ? cell : padText(cell, width, column.align, narrow);
    line += column.paint === undefined ? padded : column.paint(padded, cell);
    if (index < last) line += "  ";
  }
  return line.trimEnd();
}

/** Formats rows as an aligned table, each line with its newline. Cells must be printable (see `escapeText`). */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const header = options.header ?? true;
  const titles = columns.map((column) => column.title);
  const widths = titles.map((title) => (header ? textWidth(title) : 0));
  for (const row of rows) {
    const narrow = isNarrow(row.join(""));
    for (let index = 0; index < widths.length; index++) {
      const cell = row[index] ?? "";
      const width = narrow ? cell.length : textWidth(cell);
      if (width > (widths[index] as number)) widths[index] = width;
    }
  }
  const limit = options.width === undefined ? undefined : lastWidth(columns, widths, options.width);
  const lines: string[] = [];
  if (header) {
    const plain = columns.map(({ title, align }) => ({ title, ...(align === undefined ? {} : { align }) }));
    const line = formatRow(plain, widths, titles);
    lines.push(options.paintHeader === undefined ? line : options.paintHeader(line));
  }
  for (const row of rows) {
    const last = row.length - 1;
    const cells = limit === undefined ? row : [...row.slice(0, last), cutText(row[last] ?? "", limit)];
    lines.push(formatRow(columns, widths, cells));
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}
