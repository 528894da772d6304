import { X509Certificate } from "node:crypto";
import { type ChannelCredentials, type ChannelOptions, Client, credentials } from "@grpc/grpc-js";
import { ProcmonError } from "@procmon/core";
import { type ListenAddress, parseListenAddress } from "../server/listen-address.ts";
import { serverNameOptions, verifyServerName } from "../tls/server-name.ts";

/** What a client proves itself with, and knows the server by. All in PEM. */
export interface ClientTls {
  /** The client's certificate, with those between it and the authority. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority that the server's certificate must be of. */
  readonly ca: string | Buffer;
  /** The name or IP address that the server's certificate must have. @default the host of the address */
  readonly serverName?: string;
}

/** The largest message that is accepted, in bytes. A watch's are of 64 KiB, or of one event that is larger. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;

const FLOW_CONTROL_BYTES = 1024 * 1024;

const SECOND = 1000;
/** Whose certificate is expected at a unix socket. */
const LOCAL_NAME = "localhost";

/**
 * Makes a channel to a service. It connects with the first call.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function createChannel(address: string, tls: ClientTls | undefined): Client {
  const target = parseListenAddress(address);
  if (tls !== undefined) checkTls(tls);
  const name = tls && (tls.serverName ?? (target.kind === "tcp" ? target.host : LOCAL_NAME));
  try {
    return new Client(targetText(target), channelCredentials(tls, name), channelOptions(target, name));
  } catch (cause) {
    if (ProcmonError.isInstance(cause)) throw cause;
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `${JSON.stringify(address)} is no address that can be connected to.`,
      remedy: "Use unix:///path/of/a/socket or tcp://host:port.",
      cause,
    });
  }
}

function checkTls(tls: ClientTls): void {
  if (typeof tls !== "object" || tls === null) throw invalidTls("tls must be an object.");
  const { serverName } = tls;
  if (serverName === undefined || (typeof serverName === "string" && serverName !== "")) return;
  throw invalidTls("The serverName must be a name or an IP address.");
}

function invalidTls(message: string, cause?: unknown): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message,
    remedy: "Give the certificate, its key, and the authority of the server, all in PEM.",
    cause,
  });
}

function targetText(address: ListenAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  return `dns:${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

function channelCredentials(tls: ClientTls | undefined, name: string | undefined): ChannelCredentials {
  if (tls === undefined || name === undefined) return credentials.createInsecure();
  const { cert, key, ca } = tls;
  try {
    // Node.js passes over an authority that is none, and would trust nobody.
    for (const pem of [ca, cert]) new X509Certificate(pem);
    return credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert), verifyServerName(name));
  } catch (cause) {
    throw invalidTls(`The certificates cannot be used: ${cause instanceof Error ? cause.message : cause}.`, cause);
  }
}

function channelOptions(address: ListenAddress, name: string | undefined): ChannelOptions {
  return {
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    // A window of HTTP/2's default, 64 KiB, is one message of a watch for each round trip.
    "grpc-node.flow_control_window": FLOW_CONTROL_BYTES,
    // `close` is to close the connection, and no other client's.
    "grpc.use_local_subchannel_pool": 1,
    // A service that has just been started is found by the next call.
    "grpc.initial_reconnect_backoff_ms": SECOND / 10,
    "grpc.max_reconnect_backoff_ms": SECOND,
    // What runs here goes to nobody but the service; and no name server tells how to call it.
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    ...(name !== undefined && serverNameOptions(name)),
    // A machine that vanished says nothing.
    ...(address.kind === "tcp" && { "grpc.keepalive_time_ms": 30 * SECOND, "grpc.keepalive_timeout_ms": 10 * SECOND }),
  };
}
