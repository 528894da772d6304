import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findTools } from "../../packages/method-ebpf/scripts/bpf/tools.mjs";
import { libbpfSource } from "../../packages/native/scripts/addon/libbpf-source.mjs";
import { hostToolchain } from "../../packages/native/scripts/addon/toolchains.mjs";
import { root, toolEnvironment } from "./repository.mjs";
import { giveUp, say } from "./say.mjs";

/** Builds what has changed since the last build: the packages, for tests the examples, too. */
export function build({ forTests }) {
  const args = ["run", "build", "--output-logs=errors-only", "--log-order=grouped", "--ui=stream"];
  if (!forTests) args.push("--filter=./packages/*");
  const result = spawnSync(join(root, "node_modules", ".bin", "turbo"), args, {
    cwd: root,
    encoding: "utf8",
    // What a compiler that comes later, or another one, builds is not what turbo remembers.
    env: {
      ...toolEnvironment(),
      PROCMON_COMPILER: describeCompiler(),
      PROCMON_BPF_COMPILER: findTools().tools?.version ?? "none",
    },
  });
  if (result.status !== 0) giveUp("the build failed; see above.", result.stdout + result.stderr);
  if (!result.stdout.includes("FULL TURBO")) say("built");
}

/** What native code is made with; says what cannot be made. */
function describeCompiler() {
  const toolchain = hostToolchain();
  if (toolchain === undefined) return "none";
  const { hash, why } = libbpfSource();
  if (hash === undefined) say(`@procmon/native is built without libbpf, so the method ebpf cannot run: ${why}`);
  return `${toolchain.version} ${hash ?? "without libbpf"}`;
}
