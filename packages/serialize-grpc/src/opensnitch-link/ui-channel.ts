import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { serverNameOptions, verifyServerName } from "../tls/server-name.ts";
import type { UiAddress } from "./address.ts";
import type { LinkTls } from "./tls-options.ts";

/** A gRPC connection to an OpenSnitch UI; messages are bytes. It connects with the first call. */
export interface UiChannel {
  /** Calls a method and gives its reply. Rejects with gRPC's `ServiceError`, also where the signal is aborted. */
  call(method: UiMethod, message: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Uint8Array>;
  /** Opens the stream of notifications. Its end is told by `error` or `end`. */
  openNotifications(): NotificationStream;
  close(): void;
}

/** Gives notifications, and takes the replies. */
export type NotificationStream = ClientDuplexStream<Uint8Array, Uint8Array>;

/** The methods of OpenSnitch's service with one message each way. */
export type UiMethod = "Subscribe" | "Ping" | "PostAlert";

const SERVICE = "/protocol.UI/";

/** A notification may come with many rules. */
const LARGEST_MESSAGE = 4 * 1024 * 1024;

const OPTIONS: ChannelOptions = {
  "grpc.max_receive_message_length": LARGEST_MESSAGE,
  "grpc.max_send_message_length": -1,
  // A new connection each time: not one that another attempt is waiting with.
  "grpc.use_local_subchannel_pool": 1,
  // What this host does must not go to a proxy that some variable names, nor be governed by a record in the DNS.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.enable_retries": 0,
};

/** Makes a channel. Nothing is connected before the first call. */
export function createUiChannel(address: UiAddress, tls: LinkTls | undefined): UiChannel {
  const name = tls?.serverName ?? address.host;
  const client = new Client(address.target, credentialsOf(tls, name), {
    ...OPTIONS,
    ...(tls !== undefined && serverNameOptions(name)),
    ...(tls?.serverName !== undefined && { "grpc.default_authority": name }),
  });

  return {
    call(method, message, timeoutMs, signal) {
      return new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + timeoutMs };
        const answered = (error: ServiceError | null, reply?: Uint8Array): void => {
          signal.removeEventListener("abort", cancel);
          if (error === null && reply !== undefined) resolve(reply);
          else reject(error);
        };
        const call = client.makeUnaryRequest(
          SERVICE + method,
          pack,
          unpack,
          message,
          new Metadata(),
          options,
          answered,
        );
        const cancel = (): void => call.cancel();
        if (signal.aborted) cancel();
        else signal.addEventListener("abort", cancel);
      });
    },
    openNotifications: () => client.makeBidiStreamRequest(`${SERVICE}Notifications`, pack, unpack),
    close: () => client.close(),
  };
}

function credentialsOf(tls: LinkTls | undefined, name: string): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(bytesOf(tls.ca), bytesOf(tls.key), bytesOf(tls.cert), verifyServerName(name));
}

function bytesOf(pem: string | Buffer | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}

function pack(message: Uint8Array): Buffer {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

function unpack(message: Buffer): Uint8Array {
  return message;
}
