import { existsSync } from "node:fs";
import { join } from "node:path";
import { createMonitor } from "@procmon/core";
import { beforeAll, expect, test } from "vitest";

// By name, a package is loaded as it is published: from its build.
const BUILD = join(import.meta.dirname, "../../examples/custom-method/dist/index.js");
beforeAll(() => {
  if (!existsSync(BUILD)) throw new Error("the example is not built: npm run build");
});

test("a stranger's method is found by its short name", async () => {
  await using monitor = createMonitor({ methods: ["family"], strict: true, from: import.meta.dirname });
  expect(await monitor.start()).toMatchObject({ method: "family", requested: ["family"], skipped: [] });
  expect(monitor.method).toBe("family");
});

test("it can take over from ours and back while running", async () => {
  await using monitor = createMonitor({ methods: ["proc"], from: import.meta.dirname });
  const changes = monitor.events({ types: ["method"] });
  await monitor.start();
  expect(await monitor.switchMethod("family")).toMatchObject({ method: "family" });
  expect(await monitor.switchMethod("proc")).toMatchObject({ method: "proc" });
  await monitor.stop();
  const seen: string[] = [];
  for await (const event of changes) if (event.type === "method") seen.push(`${event.change} ${event.method}`);
  expect(seen.slice(0, 3)).toEqual(["start proc", "switch family", "switch proc"]);
});
