import { join } from "node:path";
import type { Monitor } from "@procmon/core";
import { type RunningServer, type ServeOptions, serve } from "@procmon/serialize-grpc/server";
import { onTestFinished } from "vitest";
import { scratchFolder } from "./scratch-folder.ts";

/** A server, and where it is. */
export interface ServedMonitor {
  readonly server: RunningServer;
  /** Of the unix socket. */
  readonly path: string;
  /** The same, as a gRPC client wants it. */
  readonly address: string;
}

/** Serves a monitor on a unix socket of its own, until the test is over. */
export async function serveOnSocket(monitor: Monitor, options: ServeOptions = {}): Promise<ServedMonitor> {
  const path = join(scratchFolder(), "procmon.sock");
  const address = `unix://${path}`;
  const server = await serve(monitor, { ...options, listen: [address] });
  onTestFinished(() => server.stop());
  return { server, path, address };
}
