import { type Requirement, requirement } from "@procmon-internal/fixtures";
import { beforeEach } from "vitest";

/** Skips all tests of this file, with the reason, where the machine does not meet a requirement. */
export function needs(...names: readonly Requirement[]): void {
  beforeEach(({ skip }) => {
    const missing = requirement(...names);
    skip(missing !== undefined, missing);
  });
}
