import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import { auditctl, requirement } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { checkOptions } from "./options.ts";
import { probe } from "./probe.ts";

const namesOf = (checks: readonly { readonly name: string }[]) => checks.map(({ name }) => name);

test("names each check, and says for all that is missing what it costs", async () => {
  const { report } = await probe(DEFAULT_PROCFS, checkOptions({ enable: true }));
  expect(namesOf(report.checks)).toEqual(expect.arrayContaining(["native", "audit-control", "io-uring"]));
  for (const check of report.checks) {
    expect(check.detail).toMatch(/\.$/);
    if (check.result !== "available") expect(check.cost, check.name).toMatch(/\.$/);
  }
});

test("with the plugin alone nothing is needed but its socket, and pids that mean the same here", async () => {
  const folder = mkdtempSync(join(tmpdir(), "procmon-probe-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const options = { source: "plugin", activities: [], pluginSocket: join(folder, "events") } as const;
  const { report } = await probe(DEFAULT_PROCFS, checkOptions(options));
  const required = report.checks.filter((check) => check.required);
  expect(namesOf(required)).toEqual(["pid-namespace", "source-plugin"]);
  expect(report.result).toBe("unavailable");
});

test.skipIf(requirement("audit") !== undefined)("can run where auditing may be set, and changes nothing", async () => {
  const state = () =>
    [auditctl("-s"), auditctl("-l")].map((text) => text.replace(/^(backlog|lost|.*actual) .*$/gm, ""));
  const before = state();
  const { report, hidden } = await probe(DEFAULT_PROCFS, checkOptions({ enable: true }));
  expect(report.checks.filter(({ required, result }) => required && result !== "available")).toEqual([]);
  expect(report.result).toBe("available");
  expect(hidden).toEqual([]);
  expect(state()).toEqual(before);
});
