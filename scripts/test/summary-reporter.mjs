import { writeFileSync } from "node:fs";

/** A vitest reporter that writes what the closing lines of `npm test` need: counts, what failed, and why a test was skipped. */
export default class SummaryReporter {
  onTestRunEnd(modules, errors) {
    const summary = { passed: 0, failed: errors.length, skipped: 0, failures: errors.map(firstLine), reasons: {} };
    for (const module of modules) {
      summary.failed += module.errors().length;
      summary.failures.push(...module.errors().map((error) => `${module.relativeModuleId}: ${firstLine(error)}`));
      for (const test of module.children.allTests()) {
        const result = test.result();
        const name = `${module.relativeModuleId}: ${test.fullName}`;
        summary[result.state in summary ? result.state : "failed"]++;
        if (result.state === "skipped") {
          const reason = result.note ?? "as their names tell";
          summary.reasons[reason] = [...(summary.reasons[reason] ?? []), name];
        }
        if (result.state === "failed") {
          const why = result.errors.map(firstLine).join("; ");
          summary.failures.push(`${name} [${test.project.name}] (${why})`);
        }
      }
    }
    writeFileSync(process.env.PROCMON_TEST_SUMMARY, JSON.stringify(summary));
  }
}

function firstLine(error) {
  return String(error.message ?? error).split("\n")[0];
}
