import { describe, expect, it } from "vitest";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";
import { blake3Fault, createHashStates } from "./hash-states.ts";

const digests = (algorithms: ComputedAlgorithm[], ...pieces: Buffer[]) => {
  const states = createHashStates(algorithms);
  for (const piece of pieces) states.update(piece);
  return states.digests();
};

describe("createHashStates", () => {
  it("knows the checksums of nothing", () => {
    expect(digests(["md5", "sha1", "sha256", "blake3"])).toEqual({
      md5: "d41d8cd98f00b204e9800998ecf8427e",
      sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      blake3: "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    });
    expect(digests([])).toEqual({});
  });

  it("does not mind the pieces", () => {
    const bytes = Buffer.alloc(5000, "procmon");
    const algorithms: ComputedAlgorithm[] = ["sha512", "blake3"];
    expect(digests(algorithms, bytes.subarray(0, 1025), bytes.subarray(1025))).toEqual(digests(algorithms, bytes));
  });

  // From test_vectors.json of the BLAKE3 team.
  it.each([
    [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
    [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
  ])("computes the official checksum of %i bytes", (length, blake3) => {
    expect(digests(["blake3"], Buffer.from(Array.from({ length }, (_, at) => at % 251)))).toEqual({ blake3 });
  });

  it("throws for what it does not know", () => {
    expect(() => createHashStates(["sha257" as ComputedAlgorithm])).toThrow();
  });
});

it("finds the package of blake3", () => {
  expect(blake3Fault()).toBeUndefined();
});
