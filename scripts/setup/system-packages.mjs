import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { say } from "./say.mjs";

/** What the tests use of the system, the Debian packages that bring it, and what is not tested without it. */
const WANTED = [
  { command: "cc", packages: ["gcc", "libc6-dev"], brings: "the tests with odd processes and sockets" },
  { command: "ip", packages: ["iproute2"], brings: "the tests with network namespaces" },
  { command: "ss", packages: ["iproute2"], brings: "the comparison with ss" },
  { command: "lsof", packages: ["lsof"], brings: "the comparison with lsof in the benchmarks" },
  { command: "unshare", packages: ["util-linux"], brings: "the tests with namespaces of their own" },
  { command: "git", packages: ["git"], brings: "the test of a clean clone" },
  { command: "setpriv", packages: ["util-linux"], brings: "the tests as an unprivileged user" },
];

/** Installs what the tests need from the system's packages, where that may be done; else says what is missing. */
export function installSystemPackages() {
  let missing = WANTED.filter((want) => !isOnPath(want.command));
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && isOnPath("apt-get")) {
    install([...new Set(missing.flatMap((want) => want.packages))]);
    missing = missing.filter((want) => !isOnPath(want.command));
  }
  if (missing.length > 0) {
    const list = missing.map((want) => `${want.command} (${want.brings})`).join(", ");
    say(`not on this system, and skipped: ${list}. Debian's packages: ${missing.flatMap((w) => w.packages).join(" ")}`);
  }
}

function install(packages) {
  say(`installing from the system's packages: ${packages.join(" ")}`);
  const apt = (...args) =>
    spawnSync("apt-get", args, { encoding: "utf8", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  const install = ["install", "-y", "--no-install-recommends", ...packages];
  if (apt(...install).status === 0) return;
  apt("update");
  const second = apt(...install);
  if (second.status !== 0) say(`apt-get could not install them: ${second.stderr.trim().split("\n").at(-1)}`);
}

/** True if a program of this name can be run. */
export function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
