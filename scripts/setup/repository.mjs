import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The root's package.json. */
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The environment for our tools: theirs first on the PATH (a Node of their own among them), no telemetry. */
export function toolEnvironment() {
  return {
    ...process.env,
    PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH ?? ""}`,
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}
