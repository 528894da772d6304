import { expect, it } from "vitest";
import { readError } from "./read-error.ts";

it.each([
  ["EIO", "failed"],
  ["ENOTCONN", "failed"],
  ["ESTALE", "gone"],
  ["ENOENT", "gone"],
  ["EACCES", "denied"],
  ["EPERM", "denied"],
])("%s is %s", (code, failure) => {
  expect(readError(Object.assign(new Error("odd"), { code }))).toEqual({ ok: false, failure, reason: code });
});

it("takes whatever was thrown", () => {
  expect(readError(new Error("odd")).reason).toBe("odd");
  expect(readError("odd").reason).toBe("odd");
  expect(readError(undefined)).toEqual({ ok: false, failure: "failed", reason: "undefined" });
});
