import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Beside the built code, or where the build puts it when the sources themselves run. */
const PLACES = ["./procmon.bpf.o", "../../dist/procmon.bpf.o"];

/** The compiled programs; undefined where the package was built without a compiler for them. */
export function readProgramsFile(): Buffer | undefined {
  const file = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  return file === undefined ? undefined : readFileSync(file);
}
