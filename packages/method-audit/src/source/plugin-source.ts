import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AuditSink, AuditSource } from "./audit-source.ts";
import { createKeptSource, type OnBroken, type OpenedSource, type SourceSession } from "./kept-source.ts";
import { createPluginSplitter } from "./plugin-stream.ts";
import type { ExplainedRefusal, SourceRefusal } from "./source-refusal.ts";

/** How it is made. */
export interface PluginSourceOptions {
  readonly sink: AuditSink;
  /** The socket of auditd's plugin `af_unix`. */
  readonly path: string;
}

/** For so long, at most, it is read what has arrived before it is closed. */
const LAST_WAIT_MS = 500;

/**
 * Makes a source of what auditd gives to its plugins, auditd-plugins(5), in either format. auditd serves one reader at a time: a second one is connected,
 * and gets nothing until the first one leaves.
 */
export function createPluginSource({ sink, path }: PluginSourceOptions): AuditSource {
  const counts = { records: 0, garbage: 0 };

  function serve(socket: Socket, onBroken: OnBroken): SourceSession {
    const splitter = createPluginSplitter(
      (record) => {
        counts.records++;
        sink.record(record);
      },
      () => {
        counts.garbage++;
        sink.garbage();
      },
    );
    socket.on("data", (chunk) => {
      splitter.push(chunk);
      sink.idle();
    });
    socket.once("close", () => {
      splitter.end();
      onBroken("auditd has closed the connection.");
    });
    return {
      async close() {
        await readAll(socket);
        if (socket.closed) return;
        await new Promise<void>((resolve) => {
          socket.once("close", () => resolve());
          socket.destroy();
        });
      },
    };
  }

  async function open(onBroken: OnBroken): Promise<OpenedSource> {
    const socket = connect({ path });
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined));
      // Later ones are followed by the end, which tells.
      socket.on("error", resolve);
    });
    if (failure !== undefined) return { refusal: explain(failure, path) };
    // Who waits for events keeps the program alive; the source does not.
    socket.unref();
    return { session: serve(socket, onBroken) };
  }

  return createKeptSource({ kind: "plugin", sink, open, stats: () => ({ ...counts }) });
}

/** Goes on as long as each turn of the event loop brings more. */
async function readAll(socket: Socket): Promise<void> {
  const deadline = performance.now() + LAST_WAIT_MS;
  let before = -1;
  while (socket.bytesRead !== before && performance.now() < deadline) {
    before = socket.bytesRead;
    await nextTurn();
    await nextTurn();
  }
}

/** What is so where there is no socket. */
export function notListening(path: string): ExplainedRefusal {
  return {
    reason: `auditd's plugin af_unix does not listen at ${path}.`,
    remedy: "Set active = yes in /etc/audit/plugins.d/af_unix.conf (package audispd-plugins), and restart auditd.",
  };
}

function explain(error: NodeJS.ErrnoException, path: string): SourceRefusal {
  switch (error.code) {
    case "ENOENT":
      return notListening(path);
    case "ECONNREFUSED":
      return { reason: `Nobody listens at ${path}: auditd has ended.`, remedy: "Start auditd." };
    case "EACCES":
    case "EPERM":
      return {
        reason: `The socket ${path} may not be opened by this process${ownersOf(path)}.`,
        remedy: "Run it as root, or as a member of a group that the plugin's args in af_unix.conf let in.",
      };
    default:
      return { reason: `auditd's plugin cannot be reached at ${path}: ${error.message}.` };
  }
}

/** Whom the socket lets in, where it can be seen. */
function ownersOf(path: string): string {
  try {
    const { uid, gid, mode } = statSync(path);
    const permissions = (mode & 0o777).toString(8).padStart(4, "0");
    return `: it belongs to user ${uid} and group ${gid}, with permissions ${permissions}`;
  } catch {
    return "";
  }
}
