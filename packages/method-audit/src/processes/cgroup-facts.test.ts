import { expect, it } from "vitest";
import { createCgroupReader } from "./cgroup-facts.ts";

const id = "0123456789abcdef".repeat(4);

it.each<[string, object]>([
  ["0::/system.slice/a.service\n", { cgroup: "/system.slice/a.service", systemdUnit: "a.service" }],
  ["1:name=systemd:/user.slice\n0::/\n", { cgroup: "/user.slice" }],
  ["2:cpu:/x\n0::/\n", { cgroup: "/" }],
  ["2:cpu,cpuacct:/x\n", {}],
  [`0::/system.slice/docker-${id}.scope\n`, { container: { id, runtime: "docker" } }],
  ["0::/a:b\n", { cgroup: "/a:b" }],
  ["", {}],
  ["garbage\n:::\n0:\nx::/y\n\0\n", {}],
])("%j", (text, expected) => {
  const read = createCgroupReader();
  const facts = read(Buffer.from(text));
  expect(facts).toMatchObject(expected);
  if (Object.keys(expected).length === 0) expect(facts).toEqual({});
  expect(read(Buffer.from(text))).toBe(facts);
});
