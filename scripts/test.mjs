// `npm test`: sets up, then lint, types, boundaries, and every test against the real kernel. Arguments go to vitest.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolEnvironment } from "./setup/repository.mjs";
import { say } from "./setup/say.mjs";
import { setUp } from "./setup.mjs";
import { census, leftovers, RUN_MARKER } from "./test/leftovers.mjs";

setUp({ forTests: true });

const scratch = mkdtempSync(join(tmpdir(), "procmon-test-"));
const summaryFile = join(scratch, "summary.json");
const run = `${process.pid}-${Date.now()}`;
const before = census();
const vitestArguments = process.argv.slice(2);

const failures = [
  step("lint", "pnpm", ["run", "--silent", "lint"]),
  step("types", "turbo", ["run", "types", "--output-logs=errors-only", "--ui=stream"]),
  step("boundaries", "pnpm", ["run", "--silent", "boundaries"]),
  step("tests", "vitest", [
    "run",
    "--reporter=default",
    "--reporter=./scripts/test/summary-reporter.mjs",
    ...vitestArguments,
  ]),
].filter((failure) => failure !== undefined);

const left = leftovers(before, run);
for (const thing of left) say(`left behind by the tests: ${thing}`);

const summary = existsSync(summaryFile)
  ? JSON.parse(readFileSync(summaryFile, "utf8"))
  : { passed: 0, failed: 1, skipped: 0, failures: [], reasons: {} };
rmSync(scratch, { recursive: true });
for (const [reason, tests] of Object.entries(summary.reasons)) {
  console.log(`skipped, ${reason}:`);
  for (const test of tests) console.log(`  ${test}`);
}
const otherFailures = failures.filter((name) => name !== "tests").length + left.length;
if (failures.length > 0) console.log(`failed: ${failures.join(", ")}`);
// Once more and last, since the end of a long log is what is looked at first.
for (const test of summary.failures) console.log(`  ${test}`);
console.log(`${summary.passed} passed, ${summary.failed + otherFailures} failed, ${summary.skipped} skipped`);
process.exitCode = failures.length + left.length === 0 ? 0 : 1;

/** Runs one step; gives its name back if it failed. */
function step(name, command, args) {
  const began = performance.now();
  console.log(`── ${name}`);
  const result = spawnSync(join(root, "node_modules", ".bin", command), args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...toolEnvironment(), [RUN_MARKER]: run, PROCMON_TEST_SUMMARY: summaryFile },
  });
  console.log(
    `── ${name}: ${result.status === 0 ? "ok" : "FAILED"}, ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  return result.status === 0 ? undefined : name;
}
