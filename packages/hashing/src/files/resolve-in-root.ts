import { readlink } from "node:fs/promises";

/** As many as the kernel follows (path_resolution(7)). */
const MAX_LINKS = 40;
/** Names on the way, those that links add included. */
const MAX_NAMES = 4096;

/**
 * A path with all symbolic links followed as a process follows them whose root that is: the kernel would take an absolute link from the
 * reader's own root, and so to a file that the process never saw. Whoever opens the result must not follow a link at its end, since it may have
 * become one meanwhile.
 *
 * @param root for example `/proc/1234/root`.
 * @param path absolute.
 * @throws the error of readlink(2), or ELOOP.
 */
export async function resolveInRoot(root: string, path: string | Buffer): Promise<Buffer> {
  // Bytes as latin1, so that names that are not UTF-8 stay what they are.
  const left = namesOf(Buffer.from(path)).reverse();
  const done: string[] = [];
  const prefix = Buffer.from(root).toString("latin1");
  let links = 0;
  for (let names = 0; left.length > 0; names++) {
    const name = left.pop() as string;
    if (name === "..") {
      done.pop();
      continue;
    }
    done.push(name);
    const target = await linkTarget(`${prefix}/${done.join("/")}`);
    if (target === undefined) continue;
    if (++links > MAX_LINKS || names > MAX_NAMES) throw Object.assign(new Error("too many links"), { code: "ELOOP" });
    if (target[0] === 0x2f) done.length = 0;
    else done.pop();
    left.push(...namesOf(target).reverse());
  }
  return Buffer.from([prefix, ...done].join("/"), "latin1");
}

function namesOf(path: Buffer): string[] {
  return path
    .toString("latin1")
    .split("/")
    .filter((name) => name !== "" && name !== ".");
}

/** Undefined for what is no link. */
async function linkTarget(path: string): Promise<Buffer | undefined> {
  try {
    return await readlink(Buffer.from(path, "latin1"), "buffer");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EINVAL") return undefined;
    throw error;
  }
}
