import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { compareVersions } from "./glibc-versions.mjs";
import { lowestNodeApi } from "./node-api.mjs";

/**
 * What a binary asks of a machine: its size, the libraries, the newest glibc version, the lowest Node-API; and the names that nobody has.
 *
 * @param toolchain what it was built with
 */
export function inspectBinary(file, { prefix, libc }) {
  const readelf = (...args) =>
    execFileSync(`${prefix}readelf`, ["-W", ...args], { encoding: "utf8", maxBuffer: 64 << 20 });
  const bytes = readFileSync(file);
  const wanted = [...readelf("--dyn-syms", file).matchAll(/ UND (\w+)(?:@GLIBC_([\d.]+) \(\d+\))?$/gm)].map(
    ([, name, version]) => ({ name, version }),
  );
  const inLibc = new Set([...readelf("--dyn-syms", libc).matchAll(/ (\w+)(?:@@?[\w.]+)?$/gm)].map(([, name]) => name));
  const isOfNode = ({ name }) => /^(napi|node_api)_/.test(name);
  return {
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    needed: [...readelf("-d", file).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name),
    glibc: wanted
      .flatMap(({ version }) => version ?? [])
      .sort(compareVersions)
      .at(-1),
    nodeApi: lowestNodeApi(wanted.filter(isOfNode).map(({ name }) => name)),
    unknown: wanted
      .filter((symbol) => !isOfNode(symbol) && symbol.version === undefined && !inLibc.has(symbol.name))
      .map(({ name }) => name),
  };
}
