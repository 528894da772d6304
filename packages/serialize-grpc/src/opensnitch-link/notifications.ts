import type { Logger, Procfs } from "@procmon/core";
import { Action, NotificationReplyCode } from "../generated/opensnitch/ui_pb.js";
import { encodeOpenSnitchNotificationReply } from "../opensnitch/messages.ts";
import { readWish } from "./notification-wish.ts";
import { createProcessWatches } from "./process-watches.ts";
import { readNotification } from "./read-notification.ts";

/** Answers what the UI wants of this host. */
export interface Notifications {
  /** Takes a message `Notification`. Never throws. */
  take(message: Uint8Array): void;
  /** Tells nothing more. */
  stop(): void;
}

/** What the answers are made with. */
export interface NotificationsOptions {
  readonly procfs: Procfs;
  readonly env: boolean;
  readonly log: Logger | undefined;
  /** Actions that are refused without a word: the UI could not bear one. */
  readonly silentlyRefused: readonly number[];
  /** Takes a message `NotificationReply`. */
  send(message: Uint8Array): void;
  /** False while the UI has not taken what was sent. */
  maySend(): boolean;
}

/** The first message of the stream: it tells the UI nothing but that there is somebody. */
export const HELLO: Uint8Array = encodeOpenSnitchNotificationReply({ id: 0n });

const REFUSAL = "Procmon only watches: it has no rules, no firewall and no settings that can be changed from here.";
const UNKNOWN_TASK = "Procmon does not know this task: it can only show a process.";

/**
 * Makes the one that answers. What would decide or change something is refused by a sentence, which the UI shows to its
 * user; what the UI asks for besides is answered.
 */
export function createNotifications(options: NotificationsOptions): Notifications {
  const { procfs, env, log, silentlyRefused, send, maySend } = options;
  const reply = (id: bigint, code: NotificationReplyCode, data: string): void =>
    send(encodeOpenSnitchNotificationReply({ id, code, data }));
  const fail = (id: bigint, reason: string): void => reply(id, NotificationReplyCode.ERROR, reason);
  const tell = (id: bigint, json: string): void => reply(id, NotificationReplyCode.OK, json);
  const watches = createProcessWatches({ procfs, env, tell, fail, mayTell: maySend });

  function answer(message: Uint8Array): void {
    const notification = readNotification(message);
    const { id, type } = notification;
    const wish = readWish(notification);
    if (wish.kind === "watch") {
      watches.start(wish.pid, id, wish.everyMs);
      // A level of the log looks like a pid in the numbers of OpenSnitch 1.5.
    } else if (wish.kind === "unwatch" && (watches.has(wish.pid) || type === Action.TASK_STOP)) {
      watches.stop(wish.pid);
      tell(id, "");
    } else {
      const isSilent = silentlyRefused.includes(type);
      log?.debug("refused what OpenSnitch's UI asked for", { action: type, isSilent });
      if (!isSilent) fail(id, wish.kind === "unknown-task" ? UNKNOWN_TASK : REFUSAL);
    }
  }

  return {
    take(message) {
      try {
        answer(message);
      } catch (cause) {
        log?.debug("passed over a notification that is none", { cause: String(cause) });
      }
    },
    stop: () => watches.stopAll(),
  };
}
