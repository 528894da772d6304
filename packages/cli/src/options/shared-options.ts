import { Option } from "commander";
import { DEFAULT_METHODS, parseMethods } from "./methods.ts";

/** The options that choose the method. */
export interface MethodOptions {
  readonly method?: readonly string[];
  readonly strict?: boolean;
}

/** `--method`: which methods to try. */
export function methodOption(): Option {
  const text = `methods to try, in this order: names, packages or paths (default: ${DEFAULT_METHODS.join(",")})`;
  return new Option("-m, --method <names>", text).argParser(parseMethods);
}

/** `--strict`: no falling back. */
export function strictOption(): Option {
  return new Option("--strict", "only the first method; end with code 4 if it cannot run");
}

/** `--json`. */
export function jsonOption(what: string): Option {
  return new Option("--json", what);
}
