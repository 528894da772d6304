import { expect, it } from "vitest";
import { createStepPaths } from "./step-paths.ts";

it("puts the steps the other way round", () => {
  const paths = createStepPaths();
  expect(paths("bash\0bin\0usr\0")).toBe("/usr/bin/bash");
  expect(paths("")).toBe("/");
});

it("takes a path whose last step was not ended", () => {
  expect(createStepPaths()("bash\0bin")).toBe("/bin/bash");
});

it("goes on when it has seen more paths than it remembers", () => {
  const paths = createStepPaths();
  for (let at = 0; at < 10_000; at++) expect(paths(`${at}\0tmp\0`)).toBe(`/tmp/${at}`);
  expect(paths("0\0tmp\0")).toBe("/tmp/0");
});
