import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fixturePath } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import type { PidReuse } from "./support/reuse-pid.ts";

needs("namespaces");

test("a pid that is used again inherits nothing", async () => {
  const program = join(import.meta.dirname, "support/reuse-pid.ts");
  // The fixtures are compiled here: the namespace only runs them.
  for (const name of ["open-socket", "odd-process"] as const) fixturePath(name);
  const { stdout } = await promisify(execFile)(fixturePath("enter"), [
    "pid,mount,proc",
    process.execPath,
    "--conditions=@procmon/source",
    program,
  ]);
  const report = JSON.parse(stdout) as PidReuse;
  expect(report).toMatchObject({ method: "proc", ownerBefore: "process", ownerAfter: "none", sameStartTime: false });
  expect(report.before.comm).toBe("open-socket");
  expect(report.after).toEqual({ pid: report.before.pid, comm: "odd-process", path: fixturePath("odd-process") });
});
