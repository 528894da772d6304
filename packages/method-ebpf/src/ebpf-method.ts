import { DEFAULT_PROCFS, METHOD_SPEC_VERSION, type MethodHost, type MonitorMethod, ProcmonError } from "@procmon/core";
import { capabilitiesWith } from "./capabilities.ts";
import type { HookName } from "./hooks/hooks.ts";
import { createPreparedPrograms } from "./kernel/prepared-programs.ts";
import { checkOptions, type EbpfMethodOptions } from "./options.ts";
import { probe } from "./probe.ts";
import { type RunningPrograms, runPrograms } from "./running-programs.ts";

/**
 * Finds the owners of connections in the kernel, with eBPF: every process and every connection is told, however short-lived. Takes CAP_BPF,
 * CAP_PERFMON and CAP_NET_ADMIN.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function ebpfMethod(options?: EbpfMethodOptions): MonitorMethod {
  const checked = checkOptions(options);
  let missing: readonly HookName[] = checked.withoutHooks;
  const canCount = checked.events && !checked.withoutHooks.includes("traffic-list");
  const prepared = createPreparedPrograms();
  let running: RunningPrograms | undefined;
  let starting: Promise<RunningPrograms> | undefined;
  let stopping: Promise<void> | undefined;

  function started(): RunningPrograms {
    if (running) return running;
    throw new ProcmonError({
      code: "NOT_STARTED",
      message: "The method ebpf does not run.",
      remedy: "Call start() first.",
    });
  }

  async function halt(): Promise<void> {
    prepared.drop();
    // What has begun to start can only be stopped as a whole.
    const programs = await starting?.catch(() => undefined);
    running = undefined;
    await programs?.stop();
  }

  async function run(host: MethodHost): Promise<RunningPrograms> {
    const programs = await runPrograms(host, checked, prepared.take());
    missing = programs.missing.map(({ name }) => name);
    for (const { name, reason } of programs.missing) host.log.info(`ebpf: the hook ${name} is missing. ${reason}`);
    return programs;
  }

  return {
    specVersion: METHOD_SPEC_VERSION,
    name: "ebpf",
    get capabilities() {
      return capabilitiesWith(checked.events, missing);
    },

    async probe() {
      const report = await probe(DEFAULT_PROCFS, { ...checked, captureEnv: false }, (loaded) => {
        if (starting || stopping) loaded.object.close();
        else prepared.keep(loaded);
      });
      if (running === undefined) {
        missing = report.checks
          .filter(({ name, result }) => name.startsWith("hook-") && result !== "available")
          .map(({ name }) => name.slice("hook-".length) as HookName);
      }
      return report;
    },

    async start(host) {
      if (starting || stopping)
        throw new ProcmonError({ code: "METHOD_FAILED", message: "A method starts only once." });
      starting = run(host);
      running = await starting;
      if (stopping) {
        running = undefined;
        throw new ProcmonError({ code: "METHOD_FAILED", message: "The method was stopped while it started." });
      }
    },

    stop() {
      stopping ??= halt();
      return stopping;
    },

    // Not an async function: a hit is worth every promise that is not made.
    findOwner: (connection) => (running ?? started()).questions.lookup.find(connection),
    snapshot: (snapshotOptions) => started().questions.snapshot(snapshotOptions),
    ...(canCount ? { traffic: async () => started().questions.traffic() } : {}),
    visibility: () => running?.questions.visibility() ?? { pidsReadable: 0, pidsTotal: 0, hiddenBy: [] },
    stats: () => running?.stats() ?? {},
  };
}
