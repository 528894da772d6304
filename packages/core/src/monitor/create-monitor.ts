import { createInodeCache } from "../cache/inode-cache.ts";
import { createPidCache } from "../cache/pid-cache.ts";
import { ProcmonError } from "../errors/procmon-error.ts";
import type { MonitorEvent, MonitorEventType } from "../event/monitor-event.ts";
import { reasonOf } from "../method/method-error.ts";
import { checkPlugin } from "../plugin/check-plugin.ts";
import type { Hasher, HasherHost } from "../plugin/hasher.ts";
import { createProcessFinder } from "../process/process-finder.ts";
import { createProcessStore } from "../process/process-store.ts";
import { createCacheSweep } from "./cache-sweep.ts";
import { createClock } from "./clock.ts";
import { createEventHub } from "./event-hub.ts";
import type { MethodAnnouncer } from "./method-post.ts";
import { createMethodSupervisor } from "./method-supervisor.ts";
import type { Monitor, MonitorOptions, Plugin, StartReport } from "./monitor.ts";
import { monitorSettings } from "./monitor-options.ts";
import { createOwnerLookup } from "./owner-lookup.ts";
import { createProcessChecksums } from "./process-checksums.ts";
import { createProcessLookup } from "./process-lookup.ts";
import { createProcessRecorder } from "./process-recorder.ts";
import { readTraffic } from "./read-traffic.ts";
import { takeSnapshot } from "./take-snapshot.ts";

/** Processes whose descriptors are remembered, as the likeliest owners of new connections. */
const RECENT_PROCESSES = 512;

/**
 * Makes a monitor. It does nothing until `start`, and keeps this Node.js process alive only while an event is waited for.
 *
 * @throws ProcmonError `INVALID_OPTION`
 *
 * @example
 * await using monitor = createMonitor({ methods: ["ebpf", "proc"] });
 * await monitor.start();
 * const owner = await monitor.findOwner({ protocol: "tcp", srcIp, srcPort, dstIp, dstPort });
 */
export function createMonitor(options: MonitorOptions = {}): Monitor {
  const settings = monitorSettings(options);
  const { procfs, log, captureEnv, processCapacity, connectionCapacity, graceMs, sweepMs } = settings;
  const clock = createClock();
  const hub = createEventHub();
  const processes = createProcessStore({ capacity: processCapacity, graceMs, clock });
  const inodes = createInodeCache({ capacity: connectionCapacity });
  const pids = createPidCache({ capacity: RECENT_PROCESSES });
  const finder = createProcessFinder({ procfs, store: processes, captureEnv });
  const recorder = createProcessRecorder({ processes, inodes, pids, connectionCapacity });
  const controller = new AbortController();
  const { signal } = controller;
  const plugins: Plugin[] = [];
  const hashers: Hasher[] = [];
  const checksums = createProcessChecksums({ hashers, log, signal });
  let stopping: Promise<void> | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  function publish(event: MonitorEvent): void {
    try {
      recorder.record(event);
    } catch (error) {
      log.error(`An event of the method ${event.method} could not be recorded: ${reasonOf(error)}`, { error });
    }
    const isHashed = hashers.length > 0 && (hub.wants(event.type) || wantsChecksums());
    hub.publish(isHashed ? checksums.attach(event) : event);
  }

  function wantsChecksums(): boolean {
    return hub.wants("checksum") || hub.wants("checksum-change");
  }

  /** Whoever wants to hear of checksums needs to hear of what is run. */
  function wants(type: MonitorEventType): boolean {
    return hub.wants(type) || (type === "exec" && hashers.length > 0 && wantsChecksums());
  }

  const announce: MethodAnnouncer = (change, method, details = {}) => {
    log.info(`method ${change}: ${method}`, { ...details });
    publish({ type: "method", time: clock(), method, change, ...details });
  };

  const supervisor = createMethodSupervisor({
    methods: settings.methods,
    strict: settings.strict,
    from: settings.from,
    surroundings: { procfs, processes, finder, inodes, pids, log, captureEnv, clock, wants },
    announce,
    signal,
    publish,
    onMethodGone: () => recorder.forgetConnections(),
  });
  const owners = createOwnerLookup(supervisor, procfs);
  const findProcess = createProcessLookup({ finder, signal, settle: checksums.settle });
  const sweep = createCacheSweep({ procfs, processes, inodes, pids, clock, log, recordEnd: recorder.recordEnd });

  function methodStats(): Readonly<Record<string, number>> {
    try {
      return { ...supervisor.current?.method.stats?.() };
    } catch (error) {
      log.warn(`The method gives no counters: ${reasonOf(error)}`, { error });
      return {};
    }
  }

  async function start(): Promise<StartReport> {
    const report = await supervisor.start();
    if (!signal.aborted) sweeping ??= setInterval(sweep, sweepMs).unref();
    return report;
  }

  async function halt(): Promise<void> {
    settings.signal?.removeEventListener("abort", stop);
    controller.abort(stopped());
    clearInterval(sweeping);
    await supervisor.stop();
    hub.end();
    finder.close();
    for (const hasher of hashers) {
      try {
        await hasher.stop?.();
      } catch (error) {
        log.warn(`The hasher ${hasher.name} failed while stopping: ${reasonOf(error)}`, { error });
      }
    }
  }

  function stop(): Promise<void> {
    stopping ??= halt();
    return stopping;
  }

  const monitor: Monitor = {
    get method() {
      return supervisor.current?.method.name;
    },
    processes,
    signal,
    plugins,
    start,
    stop,
    switchMethod: (specifier) => supervisor.switchTo(specifier),
    findOwner: owners.find,
    findProcess,
    snapshot: async (snapshotOptions) => takeSnapshot(await supervisor.ready(), procfs, snapshotOptions),
    traffic: () => readTraffic(supervisor),
    events: (eventsOptions) => hub.open(eventsOptions),
    stats: () => ({
      method: supervisor.current?.method.name,
      events: hub.stats(),
      lookups: owners.stats(),
      processes: processes.stats(),
      inodes: inodes.stats(),
      pids: pids.stats(),
      methodStats: methodStats(),
    }),
    use(plugin) {
      signal.throwIfAborted();
      const checked = checkPlugin(plugin, plugins);
      if (checked.kind === "hasher") {
        const emit: HasherHost["emit"] = (event) => publish({ ...event, time: clock(), method: checked.name });
        checked.attach?.({ procfs, processes, log, signal, wants, emit });
        hashers.push(checked);
      }
      plugins.push(checked);
      return monitor;
    },
    [Symbol.asyncDispose]: stop,
  };

  if (settings.signal?.aborted) stop();
  else settings.signal?.addEventListener("abort", stop, { once: true });
  return monitor;
}

function stopped(): ProcmonError {
  return new ProcmonError({
    code: "STOPPED",
    message: "The monitor has been stopped.",
    remedy: "Make a new one with createMonitor().",
  });
}
