import { readFileSync } from "node:fs";

/** The C libraries that there are binaries for. */
export type Libc = "glibc" | "musl";

/** Which C library this process runs on. */
export function currentLibc(): Libc {
  return libcOfMaps() ?? libcOfReport();
}

/** The libraries that are mapped (proc(5), `/proc/pid/maps`); under qemu those of the guest. Undefined where there is no procfs. */
function libcOfMaps(): Libc | undefined {
  try {
    return libcAmong(readFileSync("/proc/self/maps", "latin1"));
  } catch {
    return undefined;
  }
}

/**
 * Finds the C library among mapped files. That of musl is its loader, which is named `libc.so` where it is no link; that of glibc
 * is `libc.so.6`, before glibc 2.34 `libc-2.31.so`.
 */
export function libcAmong(maps: string): Libc | undefined {
  if (/\/(?:ld-musl-[^/\n]+|libc\.musl-[^/\n]+|libc\.so)$/m.test(maps)) return "musl";
  return /\/libc(?:\.so\.6|-2\.\d+\.so)$/m.test(maps) ? "glibc" : undefined;
}

/** What Node.js itself knows. That takes a hundred times as long, and so comes second. */
function libcOfReport(): Libc {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork = false } = report;
  // Else it asks for the names of all addresses.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
}
