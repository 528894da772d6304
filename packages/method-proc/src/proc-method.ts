import {
  connectionKey,
  DEFAULT_PROCFS,
  METHOD_SPEC_VERSION,
  type MethodHost,
  type MonitorMethod,
  ProcmonError,
} from "@procmon/core";
import { capabilitiesWith } from "./capabilities.ts";
import { tellsOfProcesses } from "./connector/check-connector.ts";
import { createEventDemand, type EventDemand } from "./events/event-demand.ts";
import { createProcEvents, type ProcEvents } from "./events/proc-events.ts";
import { createKnownOwners, type KnownOwners } from "./lookup/known-owners.ts";
import { createLoopTurns } from "./lookup/loop-turns.ts";
import { checkOptions, type ProcMethodOptions } from "./options.ts";
import { checkProcfs, probe } from "./probe.ts";
import { createScanClient, type ScanClient } from "./scan/scan-client.ts";
import type { ProcessSource } from "./scan/scan-messages.ts";

/** Milliseconds for which answers are worked on in one turn of the event loop. */
const TURN_MS = 2;

/** All that a started method has. */
interface Running {
  readonly host: MethodHost;
  readonly client: ScanClient;
  readonly owners: KnownOwners;
  readonly events: ProcEvents;
  readonly demand: EventDemand;
}

/**
 * Finds the owners of connections by reading `/proc`. Needs no privilege and no native code; sees more with
 * CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function procMethod(options?: ProcMethodOptions): MonitorMethod {
  const { pollMs, worker, native, processEvents } = checkOptions(options);
  let running: Running | undefined;
  let stopped = false;
  let stopping: Promise<void> | undefined;
  let hits = 0;
  // What is asked for runs, or nothing does; else it is known once it is started, or has been probed.
  let source: ProcessSource = { how: processEvents === "connector" ? "connector" : "poll" };
  const inTurn = createLoopTurns(TURN_MS);

  function setSource(next: ProcessSource, host: MethodHost): void {
    source = next;
    if (next.how === "connector") host.log.debug("proc: the kernel tells of processes");
    else if (next.reason !== undefined) {
      const { reason, remedy = "" } = next;
      host.log.info(`proc: processes are looked for again and again. ${reason} ${remedy}`.trimEnd());
    }
  }

  function run(host: MethodHost): Running {
    const events = createProcEvents(host, (count, bytes) => client.taken(count, bytes));
    const client: ScanClient = createScanClient({
      procfs: host.procfs,
      captureEnv: host.captureEnv,
      pollMs,
      native,
      processEvents,
      worker,
      onEvents: events.push,
      onLost: (loss) => host.lost(loss),
      onSource: (next) => setSource(next, host),
      onDeath: (cause) => host.fail(cause),
    });
    return { host, client, owners: createKnownOwners(host), events, demand: createEventDemand(host, client, worker) };
  }

  function started(): Running {
    if (running) return running;
    throw new ProcmonError({
      code: "NOT_STARTED",
      message: "The method proc does not run.",
      remedy: "Call start() first.",
    });
  }

  async function halt(): Promise<void> {
    stopped = true;
    const { client, events, demand } = running ?? {};
    running = undefined;
    demand?.stop();
    // What has been seen is nobody's to throw away.
    await client?.drain();
    events?.flush();
    await client?.close();
  }

  return {
    specVersion: METHOD_SPEC_VERSION,
    name: "proc",
    get capabilities() {
      return capabilitiesWith(source.how);
    },

    async probe() {
      const report = await probe(running?.host.procfs ?? DEFAULT_PROCFS, { native, processEvents });
      if (running === undefined) source = { how: tellsOfProcesses(report) ? "connector" : "poll" };
      return report;
    },

    async start(host) {
      if (running || stopped) throw new ProcmonError({ code: "METHOD_FAILED", message: "A method starts only once." });
      const { result, detail, remedy } = checkProcfs(host.procfs);
      if (result === "unavailable") throw new ProcmonError({ code: "METHOD_UNAVAILABLE", message: detail, remedy });
      running = run(host);
      const { client, demand } = running;
      // The first look takes several times as long as the next: better now than in a lookup.
      host.finder.find(process.pid);
      await client.ready;
      if (processEvents === "connector" && source.how !== "connector") {
        const { reason = "", remedy } = source;
        throw new ProcmonError({ code: "METHOD_UNAVAILABLE", message: reason, remedy });
      }
      if (!stopped) await demand.start();
      if (stopped)
        throw new ProcmonError({ code: "METHOD_FAILED", message: "The method was stopped while it started." });
    },

    stop() {
      stopping ??= halt();
      return stopping;
    },

    async findOwner(connection) {
      const { owners, client, host } = running ?? started();
      const key = connectionKey(connection);
      const known = owners.find(key);
      if (known && known !== "outdated") {
        hits++;
        return known;
      }
      // Whether others have come to hold it, only a whole pass can tell.
      const recent = known === "outdated" ? [] : host.pids.recent(8);
      const answer = await client.lookup(connection, recent);
      return inTurn(() => owners.learn(key, answer));
    },

    snapshot(snapshotOptions) {
      return started().client.snapshot(snapshotOptions);
    },

    visibility() {
      return running?.client.visibility ?? { pidsReadable: 0, pidsTotal: 0, hiddenBy: [] };
    },

    stats() {
      return { ...running?.client.counters, cacheAnswers: hits };
    },
  };
}
