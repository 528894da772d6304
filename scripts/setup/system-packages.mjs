import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hostTarget } from "../../packages/native/scripts/addon/targets.mjs";
import { hostToolchain } from "../../packages/native/scripts/addon/toolchains.mjs";
import { say } from "./say.mjs";

/**
 * What is used of the system, how to tell whether it is there, the Debian packages that bring it, what is missing without it, and, where that is not always so,
 * whether these may be installed unasked.
 */
const FOR_BUILD = [
  {
    name: "a C++ compiler",
    isThere: () => hostTarget() === undefined || hostToolchain() !== undefined,
    packages: ["g++", "libc6-dev"],
    without: "@procmon/native is not built, so searches are slower and short lives can be missed",
  },
  program("clang", ["clang", "llvm", "libbpf-dev"], "the eBPF programs are not built, so the method ebpf cannot run"),
];
const FOR_TESTS = [
  program("cc", ["gcc", "libc6-dev"], "no tests with odd processes and sockets"),
  program("ip", ["iproute2"], "no tests with network namespaces"),
  program("ss", ["iproute2"], "no comparison with ss"),
  program("lsof", ["lsof"], "no comparison with lsof in the benchmarks"),
  program("unshare", ["util-linux"], "no tests with namespaces of their own"),
  program("git", ["git"], "no test of a clean clone"),
  program("setpriv", ["util-linux"], "no tests as an unprivileged user"),
  program("mksquashfs", ["squashfs-tools"], "no tests with executables of a squashfs"),
  program("openssl", ["openssl"], "no tests with TLS"),
  program("protoc", ["protobuf-compiler"], "no tests of the messages with Python"),
  {
    name: "python3 with grpcio and protobuf",
    isThere: () => spawnSync("/usr/bin/python3", ["-c", "import grpc, google.protobuf"]).status === 0,
    packages: ["python3-grpcio", "python3-protobuf"],
    without: "no tests of the service with Python",
  },
  program("opensnitch-ui", ["python3-opensnitch-ui"], "no tests with OpenSnitch's own UI"),
  program("Xvfb", ["xvfb"], "no tests with OpenSnitch's own UI"),
  program("mkfs.btrfs", ["btrfs-progs"], "no tests with executables of a btrfs"),
  {
    name: "auditd",
    isThere: () => existsSync("/usr/sbin/auditd"),
    packages: ["auditd"],
    without: "no tests of auditing beside the audit daemon",
    // Its daemon would be started, now and with the machine: whether that may be is for who owns the machine to say. Containers forbid it.
    mayInstall: () => !existsSync("/run/systemd/system") && startsNoService("auditd"),
  },
  ...forPrebuilds(),
];

const POLICY_FORBIDS = 101;

/** Installs what is missing from the system's packages, where that may be done; else says what it costs. */
export function installSystemPackages({ forTests }) {
  let missing = [...FOR_BUILD, ...(forTests ? FOR_TESTS : [])].filter((want) => !want.isThere());
  if (missing.length === 0) return;
  const wanted = missing.filter(({ mayInstall }) => mayInstall?.() ?? true).flatMap((want) => want.packages);
  if (wanted.length > 0 && process.getuid?.() === 0 && isOnPath("apt-get")) {
    install([...new Set(wanted)]);
    missing = missing.filter((want) => !want.isThere());
  }
  if (missing.length > 0) {
    const list = missing.map((want) => `${want.name} (${want.without})`).join(", ");
    const packages = [...new Set(missing.flatMap((want) => want.packages))].join(" ");
    say(`not on this system: ${list}. Debian's packages: ${packages}`);
  }
}

/** A first installation without new lists is the quick way; one package that cannot be had does not cost the others. */
function install(packages) {
  say(`installing from the system's packages: ${packages.join(" ")}`);
  if (apt("install", ...packages) === undefined) return;
  apt("update");
  if (apt("install", ...packages) === undefined) return;
  for (const name of packages) {
    const error = apt("install", name);
    if (error !== undefined) say(`apt-get could not install ${name}: ${error}`);
  }
}

/** Whether a policy forbids that installing a package starts its service: invoke-rc.d(8). */
function startsNoService(name) {
  return spawnSync("/usr/sbin/policy-rc.d", [name, "start"]).status === POLICY_FORBIDS;
}

/** Runs apt-get; gives the last line of what it said if it failed. */
function apt(command, ...packages) {
  const options = command === "install" ? ["-y", "--no-install-recommends"] : [];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const result = spawnSync("apt-get", [command, ...options, ...packages], { encoding: "utf8", env });
  return result.status === 0 ? undefined : result.stderr.trim().split("\n").at(-1);
}

/** What builds and runs the binaries of other machines: with the packages of Debian itself only. */
function forPrebuilds() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (process.arch !== "x64" || !/^ID=debian$/m.test(release)) return [];
  const without = "no test of the binaries for other machines";
  return [
    program("x86_64-linux-gnu-g++", ["g++"], without),
    program("aarch64-linux-gnu-g++", ["g++-aarch64-linux-gnu"], without),
    program("qemu-aarch64-static", ["qemu-user-static"], without),
  ];
}

function program(name, packages, without) {
  return { name, isThere: () => isOnPath(name), packages, without };
}

/** True if a program of this name can be run. */
export function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
