import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import {
  type Alert,
  Alert_Action,
  type ClientConfig,
  type NotificationReply,
  type PingRequest,
} from "../generated/opensnitch/ui_pb.js";
import {
  decodeOpenSnitchAlert,
  decodeOpenSnitchClientConfig,
  decodeOpenSnitchNotificationReply,
  decodeOpenSnitchPingRequest,
  encodeOpenSnitchClientConfig,
  encodeOpenSnitchMsgResponse,
  encodeOpenSnitchNotification,
  encodeOpenSnitchPingReply,
} from "../opensnitch/messages.ts";

type Notice = Parameters<typeof encodeOpenSnitchNotification>[0];

/** A UI that only listens, and can be told what to say. */
export interface FakeUi {
  readonly address: string;
  readonly hosts: ClientConfig[];
  readonly pings: PingRequest[];
  readonly alerts: Alert[];
  readonly replies: NotificationReply[];
  /** Streams of notifications that are open. */
  readonly open: number;
  /** Notifications that were not taken from it yet. */
  readonly unread: number;
  notify(notification: Notice): void;
  /** Any bytes as a notification. */
  notifyBytes(bytes: Uint8Array): void;
  /** Ends the streams, and goes on listening. */
  endStreams(): void;
  /** Ends at once, as if it were killed. */
  kill(): void;
}

/** How it differs from OpenSnitch's UI of version 1.6. */
export interface FakeUiOptions {
  /** @default a unix socket in a folder of its own */
  readonly address?: string;
  /** As that of version 1.5, it knows no alerts. */
  readonly isOld?: boolean;
  /** These calls are never answered. */
  readonly hangs?: readonly ("Subscribe" | "Ping" | "PostAlert")[];
  /** These calls are answered so. */
  readonly answers?: Partial<Record<"Subscribe" | "Ping" | "PostAlert", Uint8Array>>;
  /** It does not read what it is answered. */
  readonly isDeaf?: boolean;
  readonly credentials?: ServerCredentials;
}

/** A path for a unix socket, in a folder that is removed after the test. */
export function socketAddress(): string {
  const folder = mkdtempSync(join(tmpdir(), "procmon-ui-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `unix://${join(folder, "osui.sock")}`;
}

/** Starts one, which is ended after the test. */
export async function startFakeUi(options: FakeUiOptions = {}): Promise<FakeUi> {
  const { address = socketAddress(), isOld = false, hangs = [], answers = {}, isDeaf = false } = options;
  const hosts: ClientConfig[] = [];
  const pings: PingRequest[] = [];
  const alerts: Alert[] = [];
  const replies: NotificationReply[] = [];
  const streams = new Set<ServerDuplexStream<Buffer, Buffer>>();

  function unary(name: keyof NonNullable<FakeUiOptions["answers"]>, answer: (request: Buffer) => Uint8Array) {
    const handle: handleUnaryCall<Buffer, Buffer> = ({ request }, callback) => {
      const reply = answer(request);
      if (!hangs.includes(name)) callback(null, Buffer.from(answers[name] ?? reply));
    };
    return handle;
  }

  const notifications: handleBidiStreamingCall<Buffer, Buffer> = (stream) => {
    streams.add(stream);
    const gone = () => streams.delete(stream);
    stream.on("cancelled", gone);
    stream.on("error", gone);
    if (!isDeaf) stream.on("data", (bytes: Buffer) => replies.push(decodeOpenSnitchNotificationReply(bytes)));
  };

  const handlers: Record<string, UntypedHandleCall> = {
    Subscribe: unary("Subscribe", (request) => {
      const host = decodeOpenSnitchClientConfig(request);
      hosts.push(host);
      // As the real one does: what is no JSON would end the call.
      return encodeOpenSnitchClientConfig({ ...host, config: JSON.stringify(JSON.parse(host.config)) });
    }),
    Ping: unary("Ping", (request) => {
      const ping = decodeOpenSnitchPingRequest(request);
      pings.push(ping);
      return encodeOpenSnitchPingReply({ id: ping.id });
    }),
    Notifications: notifications,
    ...(isOld
      ? {}
      : {
          PostAlert: unary("PostAlert", (request) => {
            const alert = decodeOpenSnitchAlert(request);
            // Those that the real one shows.
            if (alert.action === Alert_Action.SHOW_ALERT) alerts.push(alert);
            return encodeOpenSnitchMsgResponse({});
          }),
        }),
  };

  const server = new Server({ "grpc.max_receive_message_length": 4 * 1024 * 1024 });
  server.addService(serviceOf(Object.keys(handlers)), handlers);
  const port = await new Promise<number>((resolve, reject) => {
    const target = address.startsWith("unix://") ? `unix:${address.slice(7)}` : address;
    const credentials = options.credentials ?? ServerCredentials.createInsecure();
    server.bindAsync(target, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  const kill = (): void => server.forceShutdown();
  onTestFinished(kill);

  const send = (bytes: Uint8Array): void => {
    for (const stream of streams) stream.write(Buffer.from(bytes));
  };
  return {
    address: address.replace(/:0$/, `:${port}`),
    hosts,
    pings,
    alerts,
    replies,
    get open() {
      return streams.size;
    },
    get unread() {
      return [...streams].reduce((sum, stream) => sum + stream.writableLength, 0);
    },
    notify: (notification) => send(encodeOpenSnitchNotification(notification)),
    notifyBytes: send,
    endStreams() {
      for (const stream of streams) stream.end();
    },
    kill,
  };
}

function serviceOf(names: readonly string[]): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  const methods = names.map((name) => [
    name,
    {
      path: `/protocol.UI/${name}`,
      requestStream: name === "Notifications",
      responseStream: name === "Notifications",
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  ]);
  return Object.fromEntries(methods);
}
