import type { Procfs } from "@procmon/core";
import type { DatagramReader, NetlinkSocket } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import { encodeControl, IGNORE, LISTEN } from "./control-message.ts";
import { DELIVERY_MS, type HeldEvent } from "./event-window.ts";
import { captureRules, parseCapture } from "./exec-capture.ts";
import { type ConnectorFound, openConnector } from "./open-connector.ts";
import { decodeProcEvent } from "./proc-event.ts";

/** An open subscription. */
export interface ConnectorStream {
  /** Tells of what has been dropped of which no event told: after a loss the kernel drops on, silently, until all has been read. */
  checkLoss(): void;
  /** Asks the kernel again to tell: somebody else may have ended it for all. */
  resubscribe(): void;
  /**
   * Looks whether the kernel still tells anything, where nothing has come since the last time: then it is asked, and has to answer until the
   * next time. Throws away a subscription that is dead (`onFailure`).
   */
  checkLife(): void;
  /** Ends the subscription, and the thread that reads. */
  close(): void;
}

/** Who listens. */
export interface ConnectorListener {
  onEvents(events: readonly HeldEvent[]): void;
  /** So many were dropped by the kernel since the last time. */
  onLoss(count: number): void;
  /** There will be no more events. */
  onFailure(error: Error): void;
}

/** How it is opened. */
export interface ConnectorOptions extends ConnectorListener {
  readonly native: NativeAccess;
  readonly procfs: Procfs;
  readonly captureEnv: boolean;
  readonly receiveBufferBytes: number;
}

/** Subscribes. Nothing that happens from then on is missed, also before the first events come. */
export function openConnectorStream(options: ConnectorOptions): { readonly stream: ConnectorStream } | Refusal {
  const { native, procfs, captureEnv, receiveBufferBytes, onEvents, onLoss, onFailure } = options;
  const found = openConnector(native, procfs, receiveBufferBytes);
  if (found.socket === undefined) return found;
  const { socket } = found;
  let reader: DatagramReader | undefined;
  let dropped = 0;
  let listening = 1;
  let hasHeard = true;
  let hasAsked = false;

  function onBatch(batch: Buffer): void {
    hasHeard = true;
    const events: HeldEvent[] = [];
    native.forEachDatagram(batch, {
      datagram({ payload, receivedAt, capturedAt, captures }) {
        const event = decodeProcEvent(payload);
        if (event === undefined || event.type === "ack") return;
        const capture = parseCapture(captures, native.parseCapturedFile);
        events.push({ event, receivedAt, capturedAt, ...(capture ? { capture } : {}) });
      },
    });
    onEvents(events);
    checkLoss();
  }

  function checkLoss(): void {
    const total = socket.dropped;
    const lost = total - dropped;
    dropped = total;
    if (lost > 0) onLoss(lost);
  }

  try {
    reader = socket.read({
      onBatch,
      onError: onFailure,
      captures: captureRules(captureEnv),
      procfsRoot: procfs.root,
      urgent: true,
      intervalMs: DELIVERY_MS,
    });
    // Who waits for events keeps the program alive; the subscription does not.
    reader.unref();
  } catch (error) {
    unsubscribe(native, socket, listening);
    socket.close();
    return { reason: `The proc connector cannot be read: ${String(error)}.` };
  }
  return {
    stream: {
      checkLoss,
      resubscribe() {
        if (send(native, socket, LISTEN)) listening++;
      },
      checkLife() {
        if (!hasHeard && hasAsked) {
          onFailure(new Error("the kernel answers no more"));
          return;
        }
        hasAsked = !hasHeard;
        hasHeard = false;
        if (hasAsked && send(native, socket, LISTEN)) listening++;
      },
      close() {
        reader?.stop();
        unsubscribe(native, socket, listening);
        socket.close();
      },
    },
  };
}

/** Why there is no subscription. */
export type Refusal = Extract<ConnectorFound, { socket?: undefined }>;

/** Room for what happens until the kernel has answered. */
const TRY_BYTES = 4 * 1024 * 1024;

/** Whether a subscription is possible. */
export function tryConnector(native: NativeAccess, procfs: Procfs): Refusal | undefined {
  const found = openConnector(native, procfs, TRY_BYTES);
  if (found.socket === undefined) return found;
  unsubscribe(native, found.socket, 1);
  found.socket.close();
  return undefined;
}

/** Kernels before Linux 6.6 count how often they were asked to tell, and go on making events until all is taken back. */
function unsubscribe(native: NativeAccess, socket: NetlinkSocket, times: number): void {
  for (let time = 0; time < times; time++) if (!send(native, socket, IGNORE)) return;
}

function send(native: NativeAccess, socket: NetlinkSocket, operation: number): boolean {
  try {
    socket.send(encodeControl(native, operation, 0));
    return true;
  } catch {
    return false;
  }
}
