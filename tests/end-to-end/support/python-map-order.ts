/** Whether one text comes before the other by the bytes of their UTF-8. */
export function inBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/**
 * The same value with the entries of all its maps in the order of their keys' bytes on the wire: Python writes them so, and we
 * in the order in which they are. Of keys that are the same on the wire one is left.
 *
 * @param onWire the text of a message that stands for a name
 */
export function withOrderedMaps<Value>(value: Value, onWire: (name: string) => string): Value {
  if (Array.isArray(value)) return value.map((part) => withOrderedMaps(part, onWire)) as Value;
  if (typeof value !== "object" || value === null) return value;
  const byKey = new Map<string, readonly [string, unknown]>();
  for (const [name, part] of Object.entries(value)) {
    const key = isNumber(name) ? `n${name}` : name;
    byKey.set(onWire(key), [key, withOrderedMaps(part, onWire)]);
  }
  const entries = [...byKey].sort(([one], [other]) => inBytes(one, other)).map(([, entry]) => entry);
  return Object.fromEntries(entries) as Value;
}

/** Names that look like numbers come first in every object, whatever their order. */
export function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
