import { readlinkSync } from "node:fs";
import { DEFAULT_PROCFS, type Process } from "@procmon/core";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { look } from "../files/programs.test-kit.ts";
import { pathScope } from "./path-scope.ts";

const noNamespaces = requirement("namespaces");

const scopeOf = (pid: number) => /\d+/.exec(readlinkSync(`/proc/${pid}/ns/mnt`))?.[0];
const scope = (process: Process) => pathScope(DEFAULT_PROCFS, process);

test("is the container, where there is one", () => {
  expect(scope({ ...look(process.pid), container: { id: "abc", runtime: "docker" } as never })).toBe("abc");
});

test.skipIf(noNamespaces)(
  `of what has ended is that of the nearest ancestor that lives${noNamespaces ? `: ${noNamespaces}` : ""}`,
  async () => {
    await using fixture = await spawnFixture<{ pid: number }>("odd-process", ["wait"], { enter: ["mount"] });
    const inside = scopeOf(fixture.pid);
    expect(inside).not.toBe(scopeOf(process.pid));
    expect(scope(look(fixture.pid))).toBe(inside);
    const ended = { ...look(process.pid), pid: 2 ** 22, startTime: 1n };
    const parents = [2 ** 22 - 1, fixture.pid, process.pid].map((pid) => ({ pid, path: "/x" }));
    expect(scope({ ...ended, tree: [{ pid: 2 ** 22, path: "/x" }, ...parents] })).toBe(inside);
    expect(scope({ ...ended, tree: [] })).toBe(scopeOf(process.pid));
  },
);
