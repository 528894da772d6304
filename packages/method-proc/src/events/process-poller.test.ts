import { spawn } from "node:child_process";
import { once } from "node:events";
import { DEFAULT_PROCFS } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { end, until } from "../../test/connections.ts";
import { createProcessPoller } from "./process-poller.ts";
import { createProcessTable } from "./process-table.ts";

function setUp() {
  const table = createProcessTable();
  const poller = createProcessPoller(DEFAULT_PROCFS, table, false);
  poller.seed();
  const typesOf = (pid: number | undefined) => {
    return poller.reconcile().flatMap(({ type, process }) => (process.pid === pid ? [type] : []));
  };
  return { table, poller, typesOf };
}

describe("reconciling", () => {
  it("tells once what the table does not know", async () => {
    const { table, typesOf } = setUp();
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(child, "spawn");
    try {
      await until(() => typesOf(child.pid).includes("exec"));
      expect(table.get(child.pid ?? 0)).toMatchObject({ image: { args: ["sleep", "60"] } });
      expect(typesOf(child.pid)).toEqual([]);
    } finally {
      await end(child);
    }
    expect(typesOf(child.pid)).toEqual(["exit"]);
    expect(typesOf(child.pid)).toEqual([]);
  });

  it("tells of another image, and takes over what has been told already", async () => {
    const { table, typesOf } = setUp();
    const child = spawn("sh", ["-c", "read x; exec sleep 60"], { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    try {
      await until(() => typesOf(pid).includes("exec"));
      const known = table.get(pid);
      child.stdin?.write("\n");
      await until(() => typesOf(pid).includes("exec"));
      expect(table.get(pid)).toMatchObject({ image: { args: ["sleep", "60"] } });
      // Its image was told of, but could not be read.
      if (known) table.set({ ...known, stat: undefined });
      expect(typesOf(pid)).toEqual([]);
      expect(table.get(pid)?.stat).toBeDefined();
    } finally {
      await end(child);
    }
  });
});
