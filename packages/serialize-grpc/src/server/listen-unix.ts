import { chmod, link, lstat, mkdir, mkdtemp, rm, rmdir, unlink } from "node:fs/promises";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { ProcmonError } from "@procmon/core";
import { checkPrivateFolder, privateFolder } from "./default-address.ts";
import { LONGEST_PATH, tooLong } from "./listen-address.ts";
import { removeStaleSocket } from "./stale-socket.ts";

/** A server that listens on a unix socket. */
export interface UnixListener {
  /** Takes the socket's file away, if it still is this server's. Call it before the server is closed. */
  remove(): Promise<void>;
}

/** Of the socket inside the private folder: the shortest, since paths of sockets are short. */
const INNER_NAME = "s";
/** How often others may be quicker. */
const ATTEMPTS = 3;

/**
 * Lets a server listen on a unix socket that only this user, and root, may open. At no time could anybody else: it is made in a folder
 * that nobody else may enter, and put in its place when its mode is set. A socket there that nobody answers is replaced.
 *
 * @throws ProcmonError `SERVICE_UNAVAILABLE` where somebody listens there, where something else stands there, or where it may not be made;
 *   `INVALID_OPTION` for a path that is too long.
 */
export async function listenOnUnix(server: Server, path: string): Promise<UnixListener> {
  const parent = dirname(path);
  await makeFolder(parent, path);
  const folder = await attempt(path, () => mkdtemp(join(parent, ".s")));
  const inner = join(folder, INNER_NAME);
  try {
    if (Buffer.byteLength(inner) > LONGEST_PATH) throw tooLong(path);
    await attempt(path, () => listen(server, inner));
    try {
      await attempt(path, () => chmod(inner, 0o600));
      const { dev, ino } = await lstat(inner);
      await putInPlace(inner, path);
      return { remove: () => removeOwn(path, dev, ino) };
    } catch (error) {
      server.close();
      throw error;
    } finally {
      // A server that has been closed has done so.
      await rm(inner, { force: true });
    }
  } finally {
    await rmdir(folder);
  }
}

/** Makes the folder of the socket, but none above it: that is more likely a slip of the pen. */
async function makeFolder(folder: string, path: string): Promise<void> {
  const isPrivate = folder === privateFolder();
  try {
    await mkdir(folder, { mode: isPrivate ? 0o700 : 0o755 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw impossible(path, error);
  }
  if (isPrivate) checkPrivateFolder(folder);
}

async function putInPlace(inner: string, path: string): Promise<void> {
  for (let count = 1; ; count++) {
    try {
      return await link(inner, path);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw impossible(path, error);
      if (count > ATTEMPTS) throw impossible(path, error);
    }
    await attempt(path, () => removeStaleSocket(path));
  }
}

async function removeOwn(path: string, dev: number, ino: number): Promise<void> {
  try {
    const found = await lstat(path);
    if (found.dev === dev && found.ino === ino) await unlink(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw impossible(path, error);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ProcmonError.isInstance(error) ? error : impossible(path, error);
  }
}

function impossible(path: string, cause: unknown): ProcmonError {
  return new ProcmonError({
    code: "SERVICE_UNAVAILABLE",
    message: `No socket can be made at ${path}: ${codeOf(cause) ?? String(cause)}.`,
    remedy: "Use a path in a folder that this user may write to, with --listen unix:///path.",
    cause,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
