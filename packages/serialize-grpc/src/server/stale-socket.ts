import { lstat, mkdir, rmdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ProcmonError } from "@procmon/core";

/**
 * Takes away a socket that nobody listens on any more, as a server leaves it that was killed. Of several that find it, only one does so at a time:
 * else one could take away what another has just put there.
 *
 * @throws ProcmonError `SERVICE_UNAVAILABLE` where it is no socket, or somebody answers; whatever the file system says.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const lock = `${path}.lock`;
  await take(lock, path);
  try {
    if (await isStale(path)) await unlink(path);
  } finally {
    await rmdir(lock);
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await look(path);
  if (found === undefined) return false;
  if (!found.isSocket()) {
    throw taken(`${path} is there already, and is no socket.`, "Use another path, or take it away if nobody needs it.");
  }
  const answer = await knock(path);
  if (answer === "alive") throw listening(path);
  return answer === "stale";
}

const PAUSE_MS = 20;
/** One that is older has been left by somebody who was killed: it takes no more than a moment. */
const LONGEST_LOCK_MS = 5000;

async function take(lock: string, path: string): Promise<void> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    try {
      return await mkdir(lock, { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const found = await look(lock);
    if (found !== undefined && Date.now() - Number(found.mtimeMs) > LONGEST_LOCK_MS) await removeLock(lock);
    else if (waited > LONGEST_LOCK_MS) throw listening(path);
    else await sleep(PAUSE_MS);
  }
}

/** @throws ProcmonError `SERVICE_UNAVAILABLE` for something that no server has left. */
async function removeLock(lock: string): Promise<void> {
  try {
    await rmdir(lock);
  } catch (error) {
    // Others may have been quicker.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw taken(`${lock} is in the way.`, "Take it away if nobody needs it, or use another path with --listen.");
  }
}

async function look(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch {
    return undefined;
  }
}

/** Whether somebody listens there. What cannot be told counts as somebody. */
function knock(path: string): Promise<"alive" | "stale" | "gone"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("alive");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve("stale");
      else resolve(error.code === "ENOENT" ? "gone" : "alive");
    });
  });
}

function listening(path: string): ProcmonError {
  return taken(`Somebody listens on ${path} already.`, "Stop that server first, or use another path with --listen.");
}

function taken(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "SERVICE_UNAVAILABLE", message, remedy });
}
