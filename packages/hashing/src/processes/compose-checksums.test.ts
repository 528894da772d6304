import { expect, test } from "vitest";
import { composeChecksums } from "./compose-checksums.ts";

test("each part has keys of its own", () => {
  const parts = [
    { subject: "hash", digests: { sha256: "a", md5: "b" }, otherwise: "pending" },
    { subject: "script", digests: { sha256: "c", md5: "d" }, otherwise: "pending" },
  ] as const;
  expect(composeChecksums(parts, ["sha256", "md5"])).toEqual({
    status: "ok",
    checksums: {
      "process.hash.sha256": "a",
      "process.hash.md5": "b",
      "process.script.sha256": "c",
      "process.script.md5": "d",
    },
  });
});

test("what is not asked for is not told", () => {
  const parts = [{ subject: "hash", digests: { sha256: "a", md5: "b" }, otherwise: "pending" }] as const;
  expect(composeChecksums(parts, ["md5"])).toEqual({ status: "ok", checksums: { "process.hash.md5": "b" } });
});

test("a file without fs-verity lacks nothing", () => {
  const parts = [{ subject: "hash", digests: { fsverity: "" }, otherwise: "pending" }] as const;
  expect(composeChecksums(parts, ["fsverity"])).toEqual({ status: "ok", checksums: {} });
});

test("what is known of one part is told beside why the other is not", () => {
  const known = { subject: "hash", digests: { md5: "a" }, otherwise: "pending" } as const;
  const denied = { subject: "script", digests: undefined, otherwise: "denied" } as const;
  expect(composeChecksums([known, denied], ["md5"])).toEqual({
    status: "denied",
    checksums: { "process.hash.md5": "a" },
  });
});

test("pending is said before all else, and then the first that is missing", () => {
  const part = (otherwise: "gone" | "denied" | "pending") => ({
    subject: "hash" as const,
    digests: undefined,
    otherwise,
  });
  expect(composeChecksums([part("gone"), part("pending")], ["md5"]).status).toBe("pending");
  expect(composeChecksums([part("gone"), part("denied")], ["md5"]).status).toBe("gone");
});
