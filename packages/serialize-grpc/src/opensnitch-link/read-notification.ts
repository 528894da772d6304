import { openSnitchReader } from "../opensnitch/opensnitch-wire.ts";

/** What matters of a `Notification`. */
export interface UiNotification {
  readonly id: bigint;
  readonly type: number;
  readonly data: string;
  readonly hasRules: boolean;
}

/**
 * Reads a `Notification` without its rules, whose fields had other numbers and types before OpenSnitch 1.6.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function readNotification(message: Uint8Array): UiNotification {
  const reader = openSnitchReader(message);
  let [id, type, data, hasRules] = [0n, 0, "", false];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.bigUint();
    else if (field === 4) type = reader.uint() | 0;
    else if (field === 5) data = reader.text();
    else {
      hasRules ||= field === 6;
      reader.skip();
    }
  }
  return { id, type, data, hasRules };
}
