const LONGEST = 200;

/** What a caller gave, for a sentence that refuses it. Takes anything: an object may be one that has no text at all. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST));
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "function" ? "a function" : String(value).slice(0, LONGEST);
}
