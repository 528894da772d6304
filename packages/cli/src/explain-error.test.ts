import { ProcmonError } from "@procmon/core";
import { expect, it } from "vitest";
import { explainError } from "./explain-error.ts";

it.each([
  ["INVALID_CONNECTION", 2],
  ["INVALID_PID", 2],
  ["INVALID_OPTION", 2],
  ["METHOD_NOT_INSTALLED", 4],
  ["METHOD_UNAVAILABLE", 4],
  ["NO_METHOD", 4],
  ["NOT_SUPPORTED", 4],
] as const)("%s ends with code %i", (code, exitCode) => {
  const error = new ProcmonError({ code, message: "It is so.", remedy: "Do\n  this." });
  expect(explainError(error)).toEqual({ sentence: "It is so. Do this.", exitCode });
});

it("tells of a fault of its own in one line, without a stack trace", () => {
  const { sentence, exitCode } = explainError(new TypeError("x is not\na function"));
  expect(exitCode).toBe(70);
  expect(sentence).not.toContain("\n");
  expect(sentence).not.toContain(" at ");
  expect(explainError(undefined).exitCode).toBe(70);
});
