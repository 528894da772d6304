import type { Procfs } from "@procmon/core";
import type { AuditControl, AuditSettings } from "../kernel/audit-control.ts";
import type { AuditStatus } from "../kernel/audit-status.ts";
import { hasOthers, type Marker, monitorsInKernel } from "./monitors-in-kernel.ts";
import type { AuditMonitor, RaisedValues } from "./rule-key.ts";

/** How often others may come and go meanwhile. */
const TURNS_MOST = 16;

/**
 * Puts raised settings back, and takes the markers away, if no monitor needs them: `self`, which is none as yet or any more, not counted.
 *
 * There is no lock. Whoever comes makes itself known before it looks at the settings, and this looks for who came after they were lowered:
 * then they are raised again, and whoever leaves last lowers them.
 *
 * @returns true if settings were put back
 */
export function settleSettings(control: AuditControl, procfs: Procfs, self?: AuditMonitor): boolean {
  let lowered: readonly Marker[] | undefined;
  // Markers by which settings were raised again here: others may take these away before they are lowered again.
  let remembered: readonly Marker[] = [];
  for (let turn = 0; turn < TURNS_MOST; turn++) {
    const found = monitorsInKernel(control.rules());
    const markers = [...remembered, ...found.markers.filter((marker) => !has(remembered, marker))];
    if (hasOthers(procfs, found, self)) {
      if (lowered === undefined) return false;
      raiseAgain(control, valuesOf(found.markers));
      remembered = found.markers;
      lowered = undefined;
    } else if (lowered === undefined || found.markers.some((marker) => !has(lowered ?? [], marker))) {
      if (markers.length === 0) return false;
      putBack(control, valuesOf(markers));
      lowered = markers;
    } else {
      for (const { rule } of lowered) control.deleteRule(rule);
      return true;
    }
  }
  return false;
}

function has(markers: readonly Marker[], { rule }: Marker): boolean {
  return markers.some((each) => each.rule.key === rule.key);
}

function valuesOf(markers: readonly Marker[]): readonly RaisedValues[] {
  return markers.map(({ raised }) => raised);
}

function putBack(control: AuditControl, raised: readonly RaisedValues[]): void {
  const settings = formerSettings(control.status(), raised);
  if (Object.keys(settings).length > 0) control.set(settings);
}

/** As high as any of them had raised it, unless it is already. */
function raiseAgain(control: AuditControl, raised: readonly RaisedValues[]): void {
  const status = control.status();
  const backlogLimit = Math.max(...raised.map((values) => values.backlogLimit?.since ?? 0));
  const isOff = status.enabled === 0 && raised.some(({ enabled }) => enabled);
  if (isOff) control.set({ enabled: 1 });
  if (backlogLimit > status.backlogLimit) control.set({ backlogLimit });
}

/** What the settings are put back to: the oldest marker's values, where nobody else has changed them since. */
export function formerSettings(status: AuditStatus, raised: readonly RaisedValues[]): AuditSettings {
  const settings: { enabled?: 0 | 1; backlogLimit?: number } = {};
  const enabling = raised.find(({ enabled }) => enabled);
  const isOthersDaemon = status.pid !== 0 && status.pid !== process.pid && status.pid !== enabling?.daemon;
  if (enabling && status.enabled === 1 && !isOthersDaemon) settings.enabled = 0;
  const limits = raised.flatMap(({ backlogLimit }) => backlogLimit ?? []);
  const [oldest] = limits;
  if (oldest && limits.some(({ since }) => since === status.backlogLimit)) settings.backlogLimit = oldest.before;
  return settings;
}
