import type { MethodHost } from "@procmon/core";
import { type AuditPipeline, createAuditPipeline } from "./audit-pipeline.ts";
import type { AuditControl } from "./kernel/audit-control.ts";
import { openAuditControl } from "./kernel/open-audit-control.ts";
import { createOwnerLookup, type OwnerLookup } from "./lookup/owner-lookup.ts";
import { createSocketHints } from "./lookup/socket-hints.ts";
import { findNative, type NativeFound } from "./native-access.ts";
import type { CheckedOptions } from "./options.ts";
import type { AuditActivity } from "./rules/activities.ts";
import { type AuditPresence, enterAudit } from "./rules/audit-presence.ts";
import { hidingRules } from "./rules/hiding-rules.ts";
import type { AuditSourceKind } from "./source/audit-source.ts";
import { type ChosenSource, chooseSource } from "./source/choose-source.ts";
import { pidsFault } from "./source/initial-pids.ts";
import { createKernelLossWatch } from "./source/loss-accounts.ts";
import { sourceUnavailable } from "./source/source-refusal.ts";

/** The method while it runs. */
export interface RunningAudit {
  readonly source: AuditSourceKind;
  /** What is recorded for us. */
  readonly activities: readonly AuditActivity[];
  /** Sentences about rules of others that hide something. */
  readonly hidden: readonly string[];
  readonly lookup: OwnerLookup;
  stats(): Readonly<Record<string, number>>;
  /** Tells what has arrived, and puts everything back. */
  stop(): Promise<void>;
}

const TICK_MS = 1000;

/**
 * Begins to listen, then makes the kernel record: nothing that begins from then on is missed.
 *
 * @throws ProcmonError `METHOD_UNAVAILABLE`; nothing is left then
 */
export async function runAudit(host: MethodHost, options: CheckedOptions): Promise<RunningAudit> {
  const found = await findNative();
  const { native } = found;
  const control = openControl(found, options);
  const hints = createSocketHints();
  const pipeline = createAuditPipeline({
    host,
    hints,
    native,
    onDown: (reason) => host.log.warn(`audit: records do not come any more. ${reason}`),
    onUp: () => host.log.info("audit: records come again"),
  });
  const { tracker } = pipeline;
  const lookup = createOwnerLookup({ host, hints, native, hasForkedSince: tracker.hasForkedSince });
  const lossWatch = createKernelLossWatch(control, pipeline.sink.lost);
  let chosen: ChosenSource | undefined;
  let presence: AuditPresence | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function stop(): Promise<void> {
    clearInterval(timer);
    // No more records first: what is on its way is told still.
    leave(host, presence);
    await chosen?.source.stop();
    lossWatch.stop();
    pipeline.end();
    await lookup.stop();
    control?.close();
  }

  try {
    const fault = pidsFault(host.procfs);
    if (fault !== undefined) throw sourceUnavailable(fault);
    chosen = await chooseSource(options, {
      native: found,
      control,
      sink: pipeline.sink,
      procfsRoot: host.procfs.root,
      captureEnv: host.captureEnv,
    });
    const { source, tried } = chosen;
    for (const { kind, reason } of tried) host.log.info(`audit: no records from the source ${kind}. ${reason}`);
    await tracker.start();
    const hidden = control ? hidingRules(control.rules(), options.activities, process.arch) : [];
    if (control) presence = enterAudit(control, { procfs: host.procfs, ...options });
    reportPresence(host, presence, hidden);
    lossWatch.start();
    timer = setInterval(pipeline.tick, TICK_MS).unref();
    const missing = presence?.missing ?? [];
    return {
      source: source.kind,
      activities: options.activities.filter((activity) => !missing.includes(activity)),
      hidden,
      lookup,
      stats: () => ({ ...statsOf(pipeline, chosen), ...lookup.stats() }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Undefined where nothing has to be asked of the kernel, and it would not answer. */
function openControl(found: NativeFound, options: CheckedOptions): AuditControl | undefined {
  const { activities, enable, backlogLimit, source } = options;
  const isNeeded = activities.length > 0 || enable || backlogLimit !== undefined || source === "unicast";
  if (found.native === undefined) {
    if (isNeeded) throw sourceUnavailable(found);
    return undefined;
  }
  const control = openAuditControl(found.native);
  try {
    control.status();
    return control;
  } catch (error) {
    control.close();
    if (isNeeded) throw error;
    return undefined;
  }
}

function reportPresence(host: MethodHost, presence: AuditPresence | undefined, hidden: readonly string[]): void {
  for (const sentence of hidden) host.log.warn(`audit: ${sentence}`);
  if (presence === undefined) return;
  const { missing, leftovers } = presence;
  if (missing.length > 0) host.log.info(`audit: this kernel cannot record ${missing.join(", ")} as it is asked for`);
  if (leftovers.rules > 0) {
    host.log.info(`audit: ${leftovers.rules} rules of monitors that had been killed were taken away`);
  }
}

/** What has to stay where nothing can be changed any more is told, and is no reason not to end. */
function leave(host: MethodHost, presence: AuditPresence | undefined): void {
  try {
    presence?.leave();
  } catch (error) {
    host.log.warn("audit: not all could be put back.", { error });
  }
}

function statsOf(pipeline: AuditPipeline, chosen: ChosenSource | undefined): Readonly<Record<string, number>> {
  return { ...pipeline.stats(), ...chosen?.source.stats() };
}
