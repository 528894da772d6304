import { build } from "./setup/build.mjs";
import { installDependencies } from "./setup/dependencies.mjs";
import { manifest } from "./setup/repository.mjs";
import { giveUp } from "./setup/say.mjs";
import { installSystemPackages } from "./setup/system-packages.mjs";

/**
 * Brings a checkout to where its command line runs, for tests also to where they do. Quick when there is nothing to do.
 */
export function setUp({ forTests = false } = {}) {
  checkMachine();
  installSystemPackages({ forTests });
  installDependencies({ forTests });
  build({ forTests });
}

function checkMachine() {
  if (process.platform !== "linux") giveUp("Procmon runs on Linux only: it reads the kernel's own tables.");
  const [, major, minor] = /(\d+)\.(\d+)/.exec(manifest.engines.node);
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor < Number(major) || (haveMajor === Number(major) && haveMinor < Number(minor))) {
    giveUp(`this is Node.js ${process.versions.node}; ${major}.${minor} or newer is needed.`);
  }
}

if (import.meta.main ?? process.argv[1] === new URL(import.meta.url).pathname) setUp({ forTests: true });
