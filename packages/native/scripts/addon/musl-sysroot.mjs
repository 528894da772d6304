import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DEBIAN_ARCH, GNU_ARCH } from "./targets.mjs";

const CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "musl");
const PACKAGES = ["musl", "musl-dev"];

/**
 * The musl C library of an architecture, from Debian's packages, in a folder of its own: nothing is installed, and dpkg does not get to know
 * a foreign architecture. Fetched once.
 *
 * @throws Error where Debian's packages cannot be had
 */
export function muslSysroot(arch) {
  const folder = join(CACHE, arch);
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const unfinished = mkdtempSync(join(CACHE, `.${arch}-`));
    try {
      fetchPackages(arch, unfinished);
      linkKernelHeaders(arch, join(unfinished, "kernel"));
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  const gnuArch = GNU_ARCH[arch];
  return {
    include: join(folder, "usr", "include", `${gnuArch}-linux-musl`),
    kernelHeaders: join(folder, "kernel"),
    libc: join(folder, "lib", `${gnuArch}-linux-musl`, "libc.so"),
    loader: join(folder, "lib", `ld-musl-${gnuArch}.so.1`),
  };
}

function fetchPackages(arch, folder) {
  const apt = join(folder, "apt");
  for (const part of ["state/lists/partial", "cache/archives/partial"]) mkdirSync(join(apt, part), { recursive: true });
  writeFileSync(join(apt, "status"), "");
  const options = [
    `Dir::State=${join(apt, "state")}`,
    `Dir::State::status=${join(apt, "status")}`,
    `Dir::Cache=${join(apt, "cache")}`,
    `APT::Architecture=${DEBIAN_ARCH[arch]}`,
    `APT::Architectures::=${DEBIAN_ARCH[arch]}`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  // A source that has nothing for this architecture makes it fail, and does no harm.
  spawnSync("apt-get", [...options, "update"]);
  const fetched = spawnSync("apt-get", [...options, "download", ...PACKAGES], { cwd: apt, encoding: "utf8" });
  if (fetched.status !== 0) {
    const why = fetched.error?.message ?? fetched.stderr.trim().split("\n").at(-1);
    throw new Error(`Debian's packages ${PACKAGES.join(" and ")} for ${DEBIAN_ARCH[arch]} cannot be had: ${why}`);
  }
  for (const file of readdirSync(apt).filter((name) => name.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["-x", join(apt, file), folder]);
  }
  rmSync(apt, { recursive: true });
}

/** musl has no headers of the kernel; those that come with glibc are the same, but beside headers of glibc that must not be found. */
function linkKernelHeaders(arch, folder) {
  const triple = `${GNU_ARCH[arch]}-linux-gnu`;
  const places = [`/usr/${triple}/include`, `/usr/include/${triple}`, "/usr/include"];
  mkdirSync(folder);
  for (const name of ["linux", "asm", "asm-generic"]) {
    const place = places.find((candidate) => existsSync(join(candidate, name)));
    if (place === undefined) throw new Error(`The kernel's headers for ${triple} are missing: ${name}`);
    symlinkSync(join(place, name), join(folder, name));
  }
}
