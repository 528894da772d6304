import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { privateApt } from "./private-apt.mjs";
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
  const run = privateApt(apt, [`APT::Architecture=${DEBIAN_ARCH[arch]}`, `APT::Architectures::=${DEBIAN_ARCH[arch]}`]);
  // A source that has nothing for this architecture makes it fail, and does no harm.
  run("update");
  const why = run("download", ...PACKAGES);
  if (why !== undefined) {
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
