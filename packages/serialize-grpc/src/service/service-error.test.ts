import { type ErrorCode, ProcmonError } from "@procmon/core";
import { expect, test } from "vitest";
import { ServiceError, statusOf } from "./service-error.ts";

test.each<[ErrorCode, number]>([
  ["INVALID_CONNECTION", 3],
  ["INVALID_MESSAGE", 3],
  ["INVALID_OPTION", 3],
  ["INVALID_PID", 3],
  ["NOT_SUPPORTED", 9],
  ["METHOD_FAILED", 13],
  ["NOT_STARTED", 14],
  ["STOPPED", 14],
])("%s is %i, with what helps", (code, status) => {
  const error = new ProcmonError({ code, message: "It is so.", remedy: "Do that." });
  expect(statusOf(error)).toEqual({ code: status, message: "It is so. Do that." });
});

test("an error of the service's own has its status", () => {
  expect(statusOf(new ServiceError(8, "Too many."))).toEqual({ code: 8, message: "Too many." });
});

test.each([new TypeError("secret"), "secret", undefined, null, { message: "secret" }])(
  "an error of somebody else's tells nothing (%j)",
  (error) => {
    expect(statusOf(error).code).toBe(13);
    expect(statusOf(error).message).not.toContain("secret");
  },
);

test("a message fits into a header, and can be encoded", () => {
  const { message } = statusOf(new ServiceError(5, `\udc80${"é".repeat(5000)}\ud800`));
  expect(message.length).toBe(1000);
  expect(() => encodeURI(message)).not.toThrow();
});
