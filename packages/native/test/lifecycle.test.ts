import { rmSync } from "node:fs";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileBpf, missingForBpf } from "./compile-bpf.ts";
import { BPF_PROGRAMS, PROGRAMS, runProgram } from "./run-program.ts";

beforeEach(({ skip }) => {
  const missing = requirement("root");
  skip(missing !== undefined, missing);
});

it.each(PROGRAMS)("in a process of its own: %s", async (name) => {
  expect(await runProgram(name)).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
});

describe("with BPF programs", () => {
  const missing = missingForBpf();
  let objects = "";
  beforeAll(() => {
    if (missing === undefined) objects = compileBpf();
  });
  afterAll(() => rmSync(objects, { recursive: true, force: true }));

  it.for(BPF_PROGRAMS)("in a process of its own: %s", async (name, { skip }) => {
    skip(missing !== undefined, missing);
    const env = { PROCMON_TEST_BPF: objects };
    expect(await runProgram(name, { env })).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
  });
});
