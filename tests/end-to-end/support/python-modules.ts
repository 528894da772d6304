import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll } from "vitest";
import { needs } from "./needs.ts";

/** The .proto files that are published. */
const PROTO_FOLDER = join(import.meta.dirname, "../../../packages/serialize-grpc/proto");
/** Of gRPC itself: reflection and health. */
const FIXTURES = join(import.meta.dirname, "../../fixtures/python");

/**
 * For a file's tests: makes Python's modules of the .proto files by protoc, in a folder that is removed afterwards. The tests
 * are skipped where the machine has not what Python needs.
 *
 * @returns the folder, from the first test on
 */
export function pythonModules(): () => string {
  needs("python-grpc");
  let folder: string | undefined;
  beforeAll(() => {
    if (requirement("python-grpc") !== undefined) return;
    folder = mkdtempSync(join(tmpdir(), "procmon-python-"));
    makeModules(folder);
  });
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (folder === undefined) throw new Error("there are no modules outside of tests");
    return folder;
  };
}

function makeModules(folder: string): void {
  const files = [PROTO_FOLDER, FIXTURES].flatMap((root) => readdirSync(root, { recursive: true, encoding: "utf8" }));
  const protos = files.filter((file) => file.endsWith(".proto"));
  execFileSync("protoc", [`--python_out=${folder}`, `-I${PROTO_FOLDER}`, `-I${FIXTURES}`, ...protos]);
  // A package that is installed, such as OpenSnitch's own, would come before a folder without this file.
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) writeFileSync(join(folder, entry.name, "__init__.py"), "");
  }
}
