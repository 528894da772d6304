import { requirement } from "@procmon-internal/fixtures";
import { beforeEach, expect, it } from "vitest";
import { PROGRAMS, runProgram } from "./run-program.ts";

beforeEach(({ skip }) => {
  const missing = requirement("root");
  skip(missing !== undefined, missing);
});

it.each(PROGRAMS)("in a process of its own: %s", async (name) => {
  expect(await runProgram(name)).toEqual({ code: 0, stdout: "ok\n", stderr: "" });
});
