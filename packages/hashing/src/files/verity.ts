import { statfs } from "node:fs";
import { DEFAULT_PROCFS } from "@procmon/core";

type Measure = (fd: number) => { readonly algorithm: string; readonly digest: Buffer } | undefined;

/**
 * f_type of statfs(2) of the file systems whose code in the kernel verifies what it reads: ext4, btrfs, f2fs. FUSE passes the question on to
 * its server, which may say anything.
 */
const VERIFYING: ReadonlySet<number> = new Set([0xef53, 0x9123683e, 0xf2f52010]);

/** How long a file system may take to tell what it is. The kernel's own ones answer at once. */
const TIME_LIMIT_MS = 1000;

/** One is asked after the other: what does not answer keeps one of libuv's few threads. */
let asked: Promise<unknown> = Promise.resolve();
let isHung = false;
let loaded: Promise<Measure | undefined> | undefined;

/**
 * The fs-verity digest of an open file, as `sha256:` and hex (Documentation/filesystems/fsverity.rst): of files with the same digest the
 * contents are the same. Undefined where the file has none, the file system is not one of the kernel's own that verify it, or
 * `@procmon/native` is not installed. Never rejects, and never takes longer than a second for itself.
 *
 * The descriptor must stay open until it answers.
 */
export async function measureVerity(fd: number): Promise<string | undefined> {
  loaded ??= loadMeasure();
  const measure = await loaded;
  if (measure === undefined) return undefined;
  try {
    const answer = asked.then(() => fileSystemType(fd));
    asked = answer.catch(() => {});
    const type = await answer;
    if (type === undefined || !VERIFYING.has(type)) return undefined;
    const measured = measure(fd);
    return measured === undefined ? undefined : `${measured.algorithm}:${measured.digest.toString("hex")}`;
  } catch {
    return undefined;
  }
}

/** Undefined where that takes too long, and while another one has not answered yet. */
function fileSystemType(fd: number): Promise<number | undefined> {
  if (isHung) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      isHung = true;
      resolve(undefined);
    }, TIME_LIMIT_MS);
    limit.unref();
    statfs(`${DEFAULT_PROCFS.root}/self/fd/${fd}`, (error, stats) => {
      clearTimeout(limit);
      isHung = false;
      if (error) reject(error);
      else resolve(stats.type);
    });
  });
}

async function loadMeasure(): Promise<Measure | undefined> {
  try {
    const { measureVerity: measure } = await import("@procmon/native");
    return measure;
  } catch {
    return undefined;
  }
}
