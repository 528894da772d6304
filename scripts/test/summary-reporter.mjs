import { writeFileSync } from "node:fs";

/** A vitest reporter that writes what the closing lines of `npm test` need: counts, and why a test was skipped. */
export default class SummaryReporter {
  onTestRunEnd(modules, errors) {
    const summary = { passed: 0, failed: errors.length, skipped: 0, reasons: {} };
    for (const module of modules) {
      summary.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        summary[result.state in summary ? result.state : "failed"]++;
        if (result.state === "skipped") {
          const reason = result.note ?? "as their names tell";
          summary.reasons[reason] = [
            ...(summary.reasons[reason] ?? []),
            `${module.relativeModuleId}: ${test.fullName}`,
          ];
        }
      }
    }
    writeFileSync(process.env.PROCMON_TEST_SUMMARY, JSON.stringify(summary));
  }
}
