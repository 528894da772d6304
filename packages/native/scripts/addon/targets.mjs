/** The machines that there are binaries for: the folders of `prebuilds/`. Little-endian, 64 bits: the addon relies on both. */
export const TARGETS = ["x64", "arm64"].flatMap((arch) =>
  ["glibc", "musl"].map((libc) => ({ name: `linux-${arch}-${libc}`, arch, libc })),
);

/** This machine's target; undefined where there is none. */
export function hostTarget() {
  if (process.platform !== "linux") return undefined;
  return TARGETS.find(({ arch, libc }) => arch === process.arch && libc === hostLibc());
}

/** The C library of the Node.js that runs this. */
function hostLibc() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

/** How the GNU tools call an architecture. */
export const GNU_ARCH = { x64: "x86_64", arm64: "aarch64" };

/** The architecture's name in Debian. */
export const DEBIAN_ARCH = { x64: "amd64", arm64: "arm64" };
