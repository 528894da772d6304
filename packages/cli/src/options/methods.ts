import { InvalidArgumentError } from "commander";

/** The methods that are tried where none is asked for, best first. */
export const DEFAULT_METHODS: readonly string[] = ["ebpf", "audit", "proc"];

/** Reads a list of methods divided by commas, added to those of an earlier option. @throws InvalidArgumentError */
export function parseMethods(text: string, earlier?: readonly string[]): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("A method is a name, a package or a path.");
  return [...new Set([...(earlier ?? []), ...names])];
}
