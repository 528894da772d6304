import type { Monitor } from "@procmon/core";
import { afterAll, beforeAll } from "vitest";
import { watch } from "../watching.ts";
import { recordTold, type ToldEvents } from "./told-events.ts";

/** A monitor that watches during all tests of a group, and what it tells. */
export interface WatchTold {
  readonly monitor: Monitor;
  readonly events: ToldEvents;
}

/** Has a monitor watch from before the first test of this group until after the last one. Only its tests may look into what this gives. */
export function watchTold(): WatchTold {
  const watched = {} as { monitor: Monitor; events: ToldEvents };
  beforeAll(async () => {
    watched.monitor = (await watch()).monitor;
    watched.events = recordTold(watched.monitor);
  });
  afterAll(() => watched.monitor.stop());
  return watched;
}
