import { expect, test } from "vitest";
import { explainError } from "./explain-error.ts";
import { packageError } from "./package-error.ts";

const loadError = (cause: Error) => packageError(cause, "@procmon/hashing", "Checksums take");

test("a package that is missing is told from one that is broken", () => {
  const missing = loadError(new Error("Cannot find package '@procmon/hashing' imported from /cli/dist/chunk.js"));
  expect(explainError(missing)).toEqual({
    exitCode: 4,
    sentence: "Checksums take the package @procmon/hashing, which is not installed. Try: npm install @procmon/hashing",
  });
  const broken = loadError(new Error("Cannot find package 'other' imported from /hashing/dist/index.js"));
  expect(explainError(broken)).toEqual({
    exitCode: 4,
    sentence:
      "The package @procmon/hashing cannot be loaded: Cannot find package 'other' imported from /hashing/dist/index.js. " +
      "Install it again.",
  });
});
