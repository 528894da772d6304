import type { MethodFactory, MonitorMethod } from "./monitor-method.ts";

/**
 * A method itself, its factory, or a name: `"ebpf"` is `@procmon/method-ebpf`, `"foo"` is `procmon-method-foo` where
 * no package of Procmon's own has that name, `"@scope/name"`, `"./file.js"`, `"/file.js"` and `"file:///file.js"` are themselves.
 */
export type MethodSpecifier = string | MonitorMethod | MethodFactory;

/** What a specifier is called in reports: the name that was asked for. */
export function specifierName(specifier: MethodSpecifier): string {
  if (typeof specifier === "string") return specifier;
  // What a caller without types hands over is judged later, and must not throw here.
  const name: unknown = (specifier as MonitorMethod | null | undefined)?.name;
  return typeof name === "string" && name !== "" ? name : "unnamed";
}
