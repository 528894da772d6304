import { createRequire } from "node:module";

const { include_dir, symbols } = createRequire(import.meta.url)("node-api-headers");

/** The Node-API that the addon is compiled for, and so the lowest that runs it. Node.js 20 has 9. */
export const NODE_API_VERSION = 8;

/** The folder of node_api.h. */
export const NODE_API_HEADERS = include_dir;

/** The first version of Node-API that has all these functions; undefined where even {@link NODE_API_VERSION} lacks one. */
export function lowestNodeApi(names) {
  for (let version = 1; version <= NODE_API_VERSION; version++) {
    const { js_native_api_symbols, node_api_symbols } = symbols[`v${version}`];
    const known = new Set([...js_native_api_symbols, ...node_api_symbols]);
    if (names.every((name) => known.has(name))) return version;
  }
  return undefined;
}
