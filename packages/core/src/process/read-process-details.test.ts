import { expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readProcessDetails } from "./read-process-details.ts";
import { firstLine, isRoot, start } from "./start-process.test-kit.ts";

it("tells everything of a process", () => {
  const { pid } = start("/bin/sleep", ["1000"]);
  const details = readProcessDetails(DEFAULT_PROCFS, pid);
  if (!details.ok) throw new Error(details.failure);
  const { process: found, stat, status, statm, io, net, maps, descriptors, deniedDetails } = details.value;
  expect(found).toMatchObject({
    pid,
    comm: "sleep",
    tree: [{ pid }, { pid: process.pid }, ...(found.tree ?? []).slice(2)],
  });
  expect(stat?.startTime).toBe(found.startTime);
  expect(status?.memory.VmRSS).toBeGreaterThan(0);
  expect(statm?.resident).toBeGreaterThan(0);
  expect(io?.syscr).toBeGreaterThan(0);
  expect(net?.map(({ name }) => name)).toContain("lo");
  expect(maps?.some(({ path }) => path === found.path)).toBe(true);
  expect(descriptors?.descriptors.map(({ fd }) => fd)).toEqual(expect.arrayContaining([0, 1, 2]));
  expect(deniedDetails.filter((name) => name !== "stack")).toEqual([]);
});

it("is gone for a pid that names nothing", () => {
  expect(readProcessDetails(DEFAULT_PROCFS, 2 ** 30)).toEqual({ ok: false, failure: "gone" });
});

it.runIf(isRoot)("tells the interfaces of the process's own network (needs root)", async () => {
  const child = start("unshare", ["-n", "/bin/sh", "-c", "ip link set lo name procmon0; echo x; read x"]);
  await firstLine(child);
  const details = readProcessDetails(DEFAULT_PROCFS, child.pid);
  const names = details.ok ? details.value.net?.map(({ name }) => name) : [];
  expect(names).toContain("procmon0");
  expect(names).not.toContain("lo");
});
