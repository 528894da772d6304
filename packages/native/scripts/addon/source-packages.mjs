import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const APT = "/etc/apt";

/**
 * The machine's own package sources (sources.list(5)), asked for source packages instead of binary ones.
 *
 * @returns file names, as apt wants them in a folder, with their texts
 */
export function sourcesWithSourcePackages() {
  const folder = join(APT, "sources.list.d");
  const files = [
    join(APT, "sources.list"),
    ...(existsSync(folder) ? readdirSync(folder) : []).sort().map((name) => join(folder, name)),
  ];
  return files
    .filter((file) => existsSync(file))
    .flatMap((file, index) => {
      const text = readFileSync(file, "utf8");
      if (file.endsWith(".sources")) return [[`${index}.sources`, inStanzas(text)]];
      return file.endsWith(".list") ? [[`${index}.list`, inLines(text)]] : [];
    });
}

/** The newer format: stanzas of fields. */
function inStanzas(text) {
  return text.replace(/^Types:.*$/gm, "Types: deb-src");
}

/** The older one: a line for each source. */
function inLines(text) {
  return [...text.matchAll(/^\s*deb(\s.*)$/gm)].map(([, rest]) => `deb-src${rest}\n`).join("");
}
