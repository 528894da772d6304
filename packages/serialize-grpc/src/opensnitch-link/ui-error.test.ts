import { status } from "@grpc/grpc-js";
import { ProcmonError } from "@procmon/core";
import { expect, test } from "vitest";
import { uiError, uiHasLeft } from "./ui-error.ts";

const ADDRESS = "unix:///tmp/osui.sock";
const grpcError = (code: number, details: string) => Object.assign(new Error(`${code}: ${details}`), { code, details });

test.for([
  [status.UNAVAILABLE, "Last error: Error: connect EACCES /tmp/osui.sock", "permission denied", "as root"],
  [status.UNAVAILABLE, "Last error: Error: connect ENOENT /tmp/osui.sock", "No OpenSnitch UI runs", "--socket"],
  [status.UNAVAILABLE, "Last error: Error: connect ECONNREFUSED /tmp/osui.sock", "No OpenSnitch UI runs", "--socket"],
  [status.UNAVAILABLE, "unable to verify the first certificate", "no TLS connection", "tls.ca"],
  [status.DEADLINE_EXCEEDED, "Deadline exceeded", "does not answer", "start it anew"],
  [status.UNIMPLEMENTED, "Method not found!", "is no OpenSnitch UI", "--socket"],
  [status.INTERNAL, "bang", "is broken: bang", "prints"],
] as const)("%i %s", ([code, details, message, remedy]) => {
  const cause = grpcError(code, details);
  const error = uiError(ADDRESS, cause);
  expect(error).toMatchObject({ code: "SERVICE_UNAVAILABLE", cause });
  expect(error.message).toContain(message);
  expect(error.message).toContain(ADDRESS);
  expect(error.remedy).toContain(remedy);
});

test("what the other side says is bounded, and cannot steer a terminal", () => {
  const { message } = uiError(ADDRESS, grpcError(status.UNKNOWN, `\u001b[2J\u0007${"x".repeat(10_000)}`));
  expect(message).not.toMatch(/\p{Cc}/u);
  expect(message.length).toBeLessThan(500);
});

test("anything is told of", () => {
  for (const cause of [undefined, null, 5, "text", {}, new Error("bang"), Symbol("s")]) {
    expect(uiError(ADDRESS, cause).code).toBe("SERVICE_UNAVAILABLE");
  }
  const left = uiHasLeft(ADDRESS);
  expect(uiError(ADDRESS, left)).toBe(left);
  const invalid = new ProcmonError({ code: "INVALID_MESSAGE", message: "none" });
  expect(uiError(ADDRESS, invalid).message).toContain("is no OpenSnitch UI");
});
