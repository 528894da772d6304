/** One line of the report: what was measured, and against what. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: "µs" | "ms" | "s" | "MB" | "kB" | "%" | "×" | "";
  /** What the user would pick instead, measured in the same run. */
  readonly against?: { readonly name: string; readonly value: number };
  /** What we promise: an upper limit of `value`, or of the ratio, or a lower one of `value`. */
  readonly limit?: { readonly value?: number; readonly ratio?: number; readonly least?: number };
}

/** Prints the rows of one subject, each with its ratio and whether the promise is kept, and what else is to be said. */
export function report(title: string, rows: readonly Row[], notes: readonly string[] = []): void {
  console.log(`\n${title}`);
  for (const row of rows) {
    const ratio = row.against ? row.value / row.against.value : undefined;
    const parts = [row.name.padEnd(58), `${format(row.value)} ${row.unit}`.padStart(12)];
    if (row.against && ratio !== undefined) {
      const compared = Number.isFinite(ratio) ? `×${ratio.toPrecision(2)} of` : "beside";
      parts.push(`  ${compared} ${row.against.name} (${format(row.against.value)} ${row.unit})`);
    }
    if (row.limit) parts.push(`  ${verdict(row, ratio)}`);
    console.log(parts.join(""));
  }
  for (const note of notes) console.log(`(${note})`);
}

/** A row's `against`, where there is something to compare with. */
export function against(name: string, value: number | undefined): Pick<Row, "against"> {
  return value === undefined ? {} : { against: { name, value } };
}

function verdict(row: Row, ratio: number | undefined): string {
  const { value, ratio: most, least } = row.limit ?? {};
  const kept =
    (value === undefined || row.value <= value) &&
    (most === undefined || (ratio ?? Infinity) <= most) &&
    (least === undefined || row.value >= least);
  const promise =
    least !== undefined
      ? `least ${format(least)} ${row.unit}`
      : value === undefined
        ? `most ×${most?.toPrecision(2).replace(/\.0$/, "")}`
        : `most ${value} ${row.unit}`;
  return `${kept ? "✔" : "✘"} at ${promise}`;
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
