import { existsSync } from "node:fs";
import { onTestFinished } from "vitest";
import { type PythonPeer, startPythonPeer } from "./python-peer.ts";

/** A message as JSON. */
export type Message = Readonly<Record<string, unknown>>;

/** What a call gave: `code` is the name of gRPC's status, where that is not OK. */
export interface CallResult {
  readonly response?: Message;
  readonly responses?: readonly Message[];
  readonly code?: string;
  readonly details?: string;
}

/**
 * Starts Python's client, until the test is over.
 *
 * @param origin where it has the messages from: modules that protoc made, or the server's reflection
 * @param tls files: the authority, the client's key, its certificate
 */
export async function startPythonClient(
  address: string,
  modules: string,
  origin: "protoc" | "reflection" = "protoc",
  tls: readonly string[] = [],
): Promise<PythonPeer> {
  const peer = await startPythonPeer("grpc_client.py", modules, [address, origin, ...tls]);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  return peer;
}

/** A pid that no process has. */
export function nobodysPid(): number {
  // The largest that any machine gives; they are given upwards.
  let pid = 4_194_303;
  while (existsSync(`/proc/${pid}`)) pid--;
  return pid;
}
