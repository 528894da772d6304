// Builds the kernel's programs, if anything has changed: dist/procmon.bpf.o, for all processors that count as this one does (little-endian).
//   --required    fail where there is no compiler for them: what is published has to hold them
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { compileBpf, hashOfInputs, OBJECT } from "./bpf/compile.mjs";
import { findTools } from "./bpf/tools.mjs";

const STAMP = join(import.meta.dirname, "..", "node_modules", ".cache", "procmon.bpf.sha256");

const { values } = parseArgs({ options: { required: { type: "boolean", default: false } } });
const { tools, missing } = findTools();
if (tools === undefined) {
  console.log(`The eBPF programs are not built, so that @procmon/method-ebpf cannot start: ${missing}.`);
  process.exitCode = values.required ? 1 : 0;
} else {
  const inputs = hashOfInputs(tools);
  const isBuilt = existsSync(OBJECT) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs;
  if (!isBuilt) {
    await compileBpf(tools, OBJECT).catch((error) => {
      // Rather none than one of other sources.
      rmSync(OBJECT, { force: true });
      throw error;
    });
    mkdirSync(dirname(STAMP), { recursive: true });
    writeFileSync(STAMP, inputs);
  }
}
