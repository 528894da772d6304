import * as hashing from "@procmon/hashing";
import { InvalidArgumentError } from "commander";
import { expect, it } from "vitest";
import { ALGORITHMS, parseAlgorithms } from "./algorithms.ts";

it("knows the same algorithms as the package that computes them", () => {
  expect(ALGORITHMS).toEqual(hashing.ALGORITHMS);
});

it("joins repeated options and drops repetitions", () => {
  expect(parseAlgorithms("sha256, md5", ["md5"])).toEqual(["md5", "sha256"]);
  expect(parseAlgorithms("sha1", false)).toEqual(["sha1"]);
});

it.each(["", "sha3", "sha256,", "SHA256", "process.hash.md5"])("refuses %j, and names those that there are", (text) => {
  expect(() => parseAlgorithms(text)).toThrow(InvalidArgumentError);
  expect(() => parseAlgorithms(text)).toThrow("The algorithms are md5, sha1, sha256, sha512, blake3, fsverity.");
});
