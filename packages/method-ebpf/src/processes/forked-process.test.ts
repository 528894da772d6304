import type { Process } from "@procmon/core";
import { expect, it } from "vitest";
import type { ForkRecord } from "../records/fork-record.ts";
import { forkedOf } from "./forked-process.ts";

const parent: Process = {
  pid: 10,
  startTime: 5n,
  ppid: 1,
  comm: "sshd",
  path: "/usr/sbin/sshd",
  args: ["sshd", "-D"],
  cwd: "/root",
  uid: 0,
  gid: 0,
  user: "root",
  uids: { real: 0, effective: 0, saved: 0 },
  gids: { real: 0, effective: 0, saved: 0 },
  nsPid: 3,
  tree: [{ pid: 10, startTime: 5n, comm: "sshd", path: "/usr/sbin/sshd" }],
};

function forked(more: Partial<ForkRecord["head"]> = {}, nsPid = 11): ForkRecord {
  const head = { flags: 0, time: 90n, start: 80_000_000n, pid: 11, tid: 11, ppid: 10, uid: 0, gid: 0, ...more };
  return { head, parentStart: 50_000_000n, nsPid, netns: 7, comm: "sshd" };
}

it("runs what its parent runs", () => {
  const child = forkedOf(forked(), parent);
  expect(child).toMatchObject({
    pid: 11,
    startTime: 8n,
    ppid: 10,
    path: "/usr/sbin/sshd",
    args: ["sshd", "-D"],
    user: "root",
  });
  expect(child.tree?.map(({ pid }) => pid)).toEqual([11, 10]);
});

it("has neither its parent's directory nor its parent's pid in a namespace", () => {
  const child = forkedOf(forked(), parent);
  expect(child.cwd).toBeUndefined();
  expect("nsPid" in child).toBe(false);
  expect(forkedOf(forked({}, 4), parent).nsPid).toBe(4);
});

it("has none of the ids that its parent has given up", () => {
  const child = forkedOf(forked({ uid: 54321, gid: 0 }), parent);
  expect(child.uid).toBe(54321);
  expect(child.user).toBeUndefined();
  expect(child.uids).toBeUndefined();
});

it("is told of with what there is where the parent is not known", () => {
  expect(forkedOf(forked(), undefined)).toEqual({
    pid: 11,
    startTime: 8n,
    ppid: 10,
    comm: "sshd",
    uid: 0,
    gid: 0,
    netns: 7,
    user: "root",
    tree: [{ pid: 11, startTime: 8n, comm: "sshd" }],
  });
});
