import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const HOME = join(import.meta.dirname, "..");
const TOOLS = join(HOME, "node_modules", ".bin");

function run(command: string, ...args: string[]): void {
  const env = { ...process.env, PATH: `${TOOLS}${delimiter}${process.env.PATH}` };
  execFileSync(join(TOOLS, command), args, { cwd: HOME, env, stdio: ["ignore", "ignore", "pipe"] });
}

function filesOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, "utf8")]),
  );
}

describe("src/generated", () => {
  let scratch = "";
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "procmon-generated-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it("is what the .proto files give", () => {
    run("buf", "generate", "-o", scratch);
    const again = filesOf(join(scratch, "src/generated"));
    expect(again.size).toBeGreaterThan(0);
    // If this fails: npm run generate in packages/serialize-grpc.
    expect(filesOf(join(HOME, "src/generated"))).toEqual(again);
  });

  it("comes of .proto files that keep the rules of their style", () => {
    expect(() => run("buf", "lint")).not.toThrow();
  });
});
