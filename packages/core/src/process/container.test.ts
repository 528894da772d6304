import { describe, expect, it } from "vitest";
import { parseCgroup } from "../procfs/parse-cgroup.ts";
import { cgroupPath } from "./cgroup-path.ts";
import { findContainer } from "./container.ts";
import { findSystemdUnit } from "./systemd-unit.ts";

const ID = "0123456789abcdef".repeat(4);
const OTHER = "f".repeat(64);

function entries(text: string): ReturnType<typeof parseCgroup> {
  return parseCgroup(Buffer.from(text));
}

describe("findContainer", () => {
  it.each([
    ["docker, v2 with systemd", `0::/system.slice/docker-${ID}.scope`, { id: ID, runtime: "docker" }],
    ["docker, v2 with cgroupfs", `0::/docker/${ID}`, { id: ID, runtime: "docker" }],
    [
      "docker, v1",
      `12:pids:/docker/${ID}\n1:name=systemd:/docker/${ID}\n0::/system.slice/c.service`,
      { id: ID, runtime: "docker" },
    ],
    ["podman, root", `0::/machine.slice/libpod-${ID}.scope/container`, { id: ID, runtime: "podman" }],
    [
      "podman, a user's",
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
      { id: ID, runtime: "podman" },
    ],
    ["podman, cgroupfs", `0::/libpod_parent/libpod-${ID}`, { id: ID, runtime: "podman" }],
    [
      "containerd in kubernetes",
      `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`,
      { id: ID, runtime: "containerd" },
    ],
    [
      "containerd below a slice's name",
      `0::/system.slice/kubepods-pod1.slice:cri-containerd:${ID}`,
      { id: ID, runtime: "containerd" },
    ],
    ["cri-o", `0::/kubepods.slice/crio-${ID}.scope`, { id: ID, runtime: "cri-o" }],
    ["kubernetes with cgroupfs, of no known runtime", `0::/kubepods/besteffort/pod12/${ID}`, { id: ID }],
    ["lxc", "0::/lxc.payload.web-1/init.scope", { id: "web-1", runtime: "lxc" }],
    ["lxc, v1", "3:cpu:/lxc/web/user.slice", { id: "web", runtime: "lxc" }],
    [
      "systemd-nspawn",
      "0::/machine.slice/machine-my\\x2dbox.scope/payload",
      { id: "my-box", runtime: "systemd-nspawn" },
    ],
    [
      "systemd-nspawn as a service",
      "0::/machine.slice/systemd-nspawn@box.service/payload",
      { id: "box", runtime: "systemd-nspawn" },
    ],
    ["docker in docker", `0::/docker/${OTHER}/docker/${ID}`, { id: ID, runtime: "docker" }],
    [
      "a service inside of a container",
      `0::/system.slice/docker-${ID}.scope/system.slice/a.service`,
      { id: ID, runtime: "docker" },
    ],
  ])("knows %s", (_, text, container) => {
    expect(findContainer(entries(text))).toEqual(container);
  });

  it.each([
    "0::/",
    "0::/user.slice/user-1000.slice/session-2.scope",
    `0::/machine.slice/libpod-conmon-${ID}.scope`,
    `0::/kubepods.slice/crio-conmon-${ID}.scope`,
    "0::/lxc.monitor.web",
    "0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
    `0::/docker/${ID}0`,
    "0::/system.slice/docker.service",
    `0::/system.slice/mydocker-${ID}.scope`,
  ])("sees none in %s", (text) => {
    expect(findContainer(entries(text))).toBeUndefined();
  });
});

describe("findSystemdUnit", () => {
  it.each([
    ["/system.slice/ssh.service", "ssh.service"],
    ["/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"],
    ["/system.slice/docker.service/worker.service", "docker.service"],
    ["/user.slice/user-1000.slice/session-2.scope", "session-2.scope"],
    ["/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-x.scope", "app-gnome-x.scope"],
    ["/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service"],
    ["/init.scope", "init.scope"],
    ["/system.slice/dev-disk-by\\x2duuid-1.swap", "dev-disk-by\\x2duuid-1.swap"],
    ["/system.slice/_cgroup.service", "cgroup.service"],
    ["/machine.slice/machine-a.scope/payload/system.slice/nginx.service", "machine-a.scope"],
  ])("of %s is %s", (path, unit) => {
    expect(findSystemdUnit(path)).toBe(unit);
  });

  it.each(["/", "/docker/x", "/a.slice", "/x.service.d", "/.service", ""])("of %j is none", (path) => {
    expect(findSystemdUnit(path)).toBeUndefined();
  });
});

describe("cgroupPath", () => {
  it("takes v2 before systemd's hierarchy, unless it only tells the root", () => {
    expect(cgroupPath(entries("1:name=systemd:/a\n0::/b"))).toBe("/b");
    expect(cgroupPath(entries("1:name=systemd:/a\n0::/"))).toBe("/a");
    expect(cgroupPath(entries("0::/"))).toBe("/");
    expect(cgroupPath(entries("1:name=systemd:/a\n2:cpu:/c"))).toBe("/a");
    expect(cgroupPath(entries("2:cpu:/c"))).toBeUndefined();
  });
});
