import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A storm leaves so many behind for a minute that a list of all sockets is mostly of them. */
const FEW = 500;
const LOOK_MS = 500;
/** The kernel keeps them for 60 s (TCP_TIMEWAIT_LEN). */
const MOST_MS = 70_000;

/** Waits until the connections that are over are forgotten. Gives how many are left: few, unless others go on making them. */
export async function forgottenConnections(): Promise<number> {
  for (let waited = 0; waited < MOST_MS && countTimeWait() > FEW; waited += LOOK_MS) await sleep(LOOK_MS);
  return countTimeWait();
}

function countTimeWait(): number {
  return Number(/^TCP: .*\btw (\d+)/m.exec(readFileSync("/proc/net/sockstat", "latin1"))?.[1]);
}
