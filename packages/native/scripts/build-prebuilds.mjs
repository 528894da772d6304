// Builds the binaries of all machines, with Debian's cross compilers, and tells of each what it asks of a machine.
//   --out FOLDER   instead of prebuilds/
//   --json         the report as JSON
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileAddon, hashOfInputs } from "./addon/compile.mjs";
import { inspectBinary } from "./addon/inspect-binary.mjs";
import { TARGETS } from "./addon/targets.mjs";
import { releaseToolchain } from "./addon/toolchains.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(import.meta.dirname, "..", "prebuilds") },
    json: { type: "boolean" },
  },
});
const report = {};
for (const target of TARGETS) {
  const toolchain = releaseToolchain(target);
  const folder = join(values.out, target.name);
  const binary = join(folder, "procmon.node");
  mkdirSync(folder, { recursive: true });
  await compileAddon(target, toolchain, binary, { strict: true });
  writeFileSync(join(folder, "inputs.sha256"), hashOfInputs(target, toolchain));
  report[target.name] = inspectBinary(binary, toolchain);
}
if (values.json) console.log(JSON.stringify(report));
else console.table(report, ["size", "needed", "glibc", "nodeApi"]);
