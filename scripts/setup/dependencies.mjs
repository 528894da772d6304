import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { manifest, root } from "./repository.mjs";
import { giveUp, say } from "./say.mjs";

const stampFile = join(root, "node_modules", ".procmon-installed");

/** What building takes; the rest is for tests and benchmarks, with a Node.js of each major version. */
const FOR_BUILD = ["--filter", ".", "--filter", "./packages/*"];

/** Installs the dependencies with the one pnpm that package.json names, unless they are there already. */
export function installDependencies({ forTests }) {
  const wanted = hashOfManifests();
  const [installed, extent] = existsSync(stampFile) ? readFileSync(stampFile, "utf8").split(" ") : [];
  if (installed === wanted && (extent === "all" || !forTests)) return;
  // What was complete stays complete.
  const all = forTests || extent === "all";
  const [name, version] = manifest.packageManager.split("@");
  say(`installing dependencies with ${name} ${version}; this takes a moment`);
  const args = ["--yes", `${name}@${version}`, "install", "--frozen-lockfile", ...(all ? [] : FOR_BUILD)];
  const result = spawnSync("npx", args, { cwd: root, encoding: "utf8", env: { ...process.env, CI: "true" } });
  if (result.error) {
    giveUp(`npx could not be started (${result.error.message}): install npm, which comes with Node.js.`);
  }
  if (result.status !== 0) {
    const output = result.stdout + result.stderr;
    giveUp("the dependencies could not be installed; see above. Is the npm registry within reach?", output);
  }
  writeFileSync(stampFile, `${wanted} ${all ? "all" : "build"}`);
}

/** Changes whenever another set of dependencies is wanted. */
function hashOfManifests() {
  const hash = createHash("sha256").update(process.arch);
  for (const file of manifests()) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

function manifests() {
  const folders = ["packages", "examples", "tests"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((child) => `${parent}/${child}`),
  );
  return ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"].concat(
    ["benchmarks", ...folders].map((folder) => `${folder}/package.json`).filter((file) => existsSync(join(root, file))),
  );
}
