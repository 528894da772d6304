/**
 * The text of a record or document, on one line. A bigint becomes its decimal digits in a string, absent fields are
 * left out, and a lone surrogate is written as its escape (`\udc80`), so that no byte of a name is lost.
 */
export function formatJson(value: object): string {
  return `${JSON.stringify(value, (_key, field: unknown) => (typeof field === "bigint" ? field.toString() : field))}\n`;
}
