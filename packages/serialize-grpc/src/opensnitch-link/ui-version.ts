import { status } from "@grpc/grpc-js";
import { Alert_Action, Alert_Type } from "../generated/opensnitch/ui_pb.js";
import { encodeOpenSnitchAlert } from "../opensnitch/messages.ts";
import type { UiChannel } from "./ui-channel.ts";
import { hasStatus, isNotThere } from "./ui-error.ts";

/** What differs from one version of OpenSnitch's UI to another, as far as it matters here. */
export interface UiVersion {
  /** The version of OpenSnitch that this host passes for, unless it was told another: of the same two first numbers. */
  readonly passFor: string;
  readonly takesAlerts: boolean;
  /**
   * Actions that must not be answered with an error. The UI 1.5 has a fault in showing that it was not able to start or stop the interception (1, 2),
   * or to change a rule (4, 5, 7), and ends.
   */
  readonly endsByErrors: readonly number[];
}

const NEW: UiVersion = { passFor: "1.6.9", takesAlerts: true, endsByErrors: [] };
const OLD: UiVersion = { passFor: "1.5.8", takesAlerts: false, endsByErrors: [1, 2, 4, 5, 7] };
/** It does not say, and is treated with care. */
const UNSURE: UiVersion = { ...NEW, endsByErrors: OLD.endsByErrors };

/** Milliseconds. That a method is unknown is answered at once, whatever else the UI is busy with. */
const PATIENCE_MS = 1000;

/**
 * Finds out which UI this is, which nothing in its answers tells: one that is older than 1.6 knows no alerts. The alert that
 * is posted for it is one that the UI does not show.
 */
export async function findUiVersion(channel: UiChannel, signal: AbortSignal): Promise<UiVersion> {
  const quiet = encodeOpenSnitchAlert({
    id: BigInt(Date.now()) * 1_000_000n,
    type: Alert_Type.INFO,
    action: Alert_Action.NONE,
    data: { case: "text", value: "Procmon watches here, and decides nothing." },
  });
  try {
    await channel.call("PostAlert", quiet, PATIENCE_MS, signal);
    return NEW;
  } catch (error) {
    if (hasStatus(error, status.UNIMPLEMENTED)) return OLD;
    if (hasStatus(error, status.DEADLINE_EXCEEDED)) return UNSURE;
    // One that is there and takes no alert for another reason knows what an alert is.
    if (isNotThere(error)) throw error;
    return NEW;
  }
}
