import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root, run, tool } from "./workspace.ts";

/** A checkout in small, in which each file breaks, or keeps, one rule. */
const scratch = mkdtempSync(join(tmpdir(), "procmon-boundaries-"));
afterAll(() => rmSync(scratch, { recursive: true }));

async function violations(files: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(scratch, "case-"));
  for (const file of [".dependency-cruiser.cjs", "tsconfig.base.json"]) cpSync(join(root, file), join(folder, file));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { stdout } = await run(tool("depcruise"), ["--config", ".dependency-cruiser.cjs", "packages"], { cwd: folder });
  return stdout;
}

describe("the check of boundaries", () => {
  it("lets a method import core", async () => {
    const report = await violations({
      "packages/core/src/index.ts": "export const a = 1;",
      "packages/method-a/src/index.ts": 'export { a } from "../../core/src/index.ts";',
    });
    expect(report).toContain("no dependency violations found");
  });

  it.each([
    ["no-method-to-method", "packages/method-a/src/index.ts", "packages/method-b/src/index.ts"],
    ["core-imports-nothing", "packages/core/src/index.ts", "packages/method-b/src/index.ts"],
    ["native-imports-nothing", "packages/native/src/index.ts", "packages/core/src/index.ts"],
    ["suite-imports-core-only", "packages/method-test-suite/src/index.ts", "packages/method-b/src/index.ts"],
    ["serialize-grpc-imports-core-only", "packages/serialize-grpc/src/index.ts", "packages/hashing/src/index.ts"],
    [
      "messages-come-without-a-transport",
      "packages/serialize-grpc/src/index.ts",
      "packages/serialize-grpc/src/server/serve.ts",
    ],
    ["low-rooms-of-core-do-not-know-high-ones", "packages/core/src/procfs/a.ts", "packages/core/src/monitor/b.ts"],
  ])("finds %s", async (rule, from, to) => {
    const report = await violations({
      [from]: `export { a } from "${"../".repeat(from.split("/").length - 1)}${to}";`,
      [to]: "export const a = 1;",
    });
    expect(report).toContain(`error ${rule}`);
  });

  it("finds a cycle", async () => {
    const report = await violations({
      "packages/core/src/a.ts": 'import { b } from "./b.ts";\nexport const a = (): number => b();',
      "packages/core/src/b.ts": 'import { a } from "./a.ts";\nexport const b = (): number => a();',
    });
    expect(report).toContain("error no-cycles");
  });
});
