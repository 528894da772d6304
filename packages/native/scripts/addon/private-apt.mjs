import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Waiting for a machine that does not answer takes no longer than this. */
const PATIENCE_MS = 90_000;

/**
 * apt-get with lists, downloads and a status of its own in a folder: nothing of the system is touched, and no privilege is needed.
 *
 * @param folder made, and the caller's to remove; what is downloaded goes there
 * @param settings more of apt.conf(5), as `Name=value`
 * @returns runs apt-get, and gives the last line of what it said if it failed
 */
export function privateApt(folder, settings) {
  for (const part of ["state/lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, "status"), "");
  const options = [
    `Dir::State=${join(folder, "state")}`,
    `Dir::State::status=${join(folder, "status")}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "APT::Sandbox::User=root",
    "Acquire::Retries=1",
    "Acquire::http::Timeout=20",
    ...settings,
  ].flatMap((option) => ["-o", option]);
  return (...args) => {
    const result = spawnSync("apt-get", [...options, ...args], { cwd: folder, encoding: "utf8", timeout: PATIENCE_MS });
    if (result.status === 0) return undefined;
    return result.error?.message ?? result.stderr.trim().split("\n").at(-1);
  };
}
