import { DEFAULT_PROCFS, METHOD_SPEC_VERSION, type MethodHost, type MonitorMethod, ProcmonError } from "@procmon/core";
import { type CapabilityFacts, capabilitiesOf } from "./capabilities.ts";
import { type AuditMethodOptions, checkOptions } from "./options.ts";
import { probe } from "./probe.ts";
import { type RunningAudit, runAudit } from "./running-audit.ts";

/**
 * Finds the owners of connections from Linux audit records, beside auditd or without it. Takes CAP_AUDIT_READ and CAP_AUDIT_CONTROL.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function auditMethod(options?: AuditMethodOptions): MonitorMethod {
  const checked = checkOptions(options);
  let facts: CapabilityFacts = checked;
  let running: RunningAudit | undefined;
  let starting: Promise<RunningAudit> | undefined;
  let stopping: Promise<void> | undefined;

  function started(): RunningAudit {
    if (running) return running;
    throw new ProcmonError({
      code: "NOT_STARTED",
      message: "The method audit does not run.",
      remedy: "Call start() first.",
    });
  }

  async function halt(): Promise<void> {
    // What has begun to start can only be stopped as a whole.
    const audit = await starting?.catch(() => undefined);
    running = undefined;
    await audit?.stop();
  }

  async function run(host: MethodHost): Promise<RunningAudit> {
    const audit = await runAudit(host, checked);
    facts = audit;
    host.log.debug(`audit: records come from the source ${audit.source}`);
    return audit;
  }

  return {
    specVersion: METHOD_SPEC_VERSION,
    name: "audit",
    get capabilities() {
      return capabilitiesOf(facts);
    },

    async probe() {
      const { report, hidden } = await probe(DEFAULT_PROCFS, checked);
      if (running === undefined) facts = { activities: checked.activities, hidden };
      return report;
    },

    async start(host) {
      if (starting || stopping) {
        throw new ProcmonError({ code: "METHOD_FAILED", message: "A method starts only once." });
      }
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

    // Not an async function: a hint that holds is worth every promise that is not made.
    findOwner: (connection) => (running ?? started()).lookup.find(connection),
    visibility: () => running?.lookup.visibility() ?? { pidsReadable: 0, pidsTotal: 0, hiddenBy: [] },
    stats: () => running?.stats() ?? {},
  };
}
