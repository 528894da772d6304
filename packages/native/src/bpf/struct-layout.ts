import type { AddonBpfObject } from "../addon.ts";

/** How a structure lies in memory, in bytes. */
export interface StructLayout {
  readonly size: number;
  /** By name. Of an array at the end without a length the size is 0; those without a name (anonymous unions) have an empty one. */
  readonly fields: Readonly<Record<string, { readonly offset: number; readonly size: number }>>;
}

/** Reads a layout from the types that an object carries (BTF). Undefined where it knows no such structure. */
export function readStructLayout(object: AddonBpfObject, name: string): StructLayout | undefined {
  const list = object.structLayout(name);
  if (list === undefined) return undefined;
  const fields: Record<string, { offset: number; size: number }> = {};
  for (let at = 3; at < list.length; at += 3) {
    fields[String(list[at])] = { offset: Number(list[at + 1]), size: Number(list[at + 2]) };
  }
  return { size: Number(list[2]), fields };
}
