// Builds the addon for this machine, if anything has changed: into prebuilds/, where the package looks for it.
//   --sanitize --out FILE    for the address and undefined behaviour sanitizers, to FILE
//   --entry FILE --out FILE  with another entry than the addon's own, to FILE
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compileAddon, hashOfInputs } from "./addon/compile.mjs";
import { libbpfSource } from "./addon/libbpf-source.mjs";
import { hostTarget } from "./addon/targets.mjs";
import { hostToolchain } from "./addon/toolchains.mjs";

const { values } = parseArgs({
  options: { sanitize: { type: "boolean" }, entry: { type: "string" }, out: { type: "string" } },
});
const { sanitize = false, entry, out } = values;
if ((sanitize || entry) && out === undefined) throw new Error("Such a variant takes --out: it is nothing to publish.");
const target = hostTarget();
const toolchain = hostToolchain();
if (target === undefined || toolchain === undefined) {
  const why = target === undefined ? "it is not made for this machine" : "there is no C++ compiler that works";
  console.log(`The addon is not built: ${why}.`);
  // Procmon works without; but a variant that was asked for has to be there.
  process.exitCode = out === undefined ? 0 : 1;
} else if (out !== undefined) {
  await compileAddon(target, toolchain, out, { sanitize, ...(entry === undefined ? {} : { entry: resolve(entry) }) });
} else {
  await buildForThisMachine();
}

async function buildForThisMachine() {
  const { why } = libbpfSource();
  if (why !== undefined) console.log(`The addon is built without libbpf: ${why}`);
  const folder = join(import.meta.dirname, "..", "prebuilds", target.name);
  const binary = join(folder, "procmon.node");
  const stamp = join(folder, "inputs.sha256");
  const inputs = hashOfInputs(target, toolchain);
  if (existsSync(binary) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return;
  await compileAddon(target, toolchain, binary);
  writeFileSync(stamp, inputs);
}
