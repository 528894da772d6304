import {
  type CommandLine,
  type FileIdentity,
  type MethodHost,
  type Process,
  readCgroup,
  readCmdline,
  readEnviron,
  readExeLink,
  readNamespace,
  readRoot,
  readStat,
} from "@procmon/core";
import type { AuditExec } from "../normalize/normalized-event.ts";
import type { ArrivalReading } from "../source/arrival-reading.ts";
import { type CgroupFacts, cgroupFacts, createCgroupReader } from "./cgroup-facts.ts";
import { seenFromHere } from "./executable-name.ts";
import { compareStart, type TrackedProcess } from "./tracked-process.ts";

/** What the records of an exec do not tell. */
export interface ExecFacts extends Pick<Process, "root" | "netns" | "env"> {
  /** What ran when the records came: perhaps another file already. */
  readonly executable?: FileIdentity;
  /** Absent where it is unknown; empty where no cgroup tells anything. */
  readonly cgroups?: CgroupFacts;
  /** Where those of the records are not whole. */
  readonly commandLine?: CommandLine;
}

/** Gives what is known beside the records: of the moment when they came, else of now, where the process surely still runs what it ran then. */
export type GatherExecFacts = (
  event: AuditExec,
  reading: ArrivalReading | undefined,
  tracked: TrackedProcess,
) => ExecFacts;

/** Makes what gathers for a host. */
export function createExecFacts({ procfs, captureEnv }: MethodHost): GatherExecFacts {
  const readCgroups = createCgroupReader();

  function gather(event: AuditExec, reading: ArrivalReading | undefined, tracked: TrackedProcess): ExecFacts {
    const facts = reading === undefined ? readNow(event, tracked) : ofArrival(event, reading, tracked);
    if (event.args !== undefined && event.argsTruncated !== true) return facts;
    const commandLine = runsStill(event, tracked, facts.root) ? readCmdline(procfs, tracked.pid) : undefined;
    return commandLine?.ok ? { ...facts, commandLine: commandLine.value } : facts;
  }

  function ofArrival(event: AuditExec, reading: ArrivalReading, tracked: TrackedProcess): ExecFacts {
    const { stat, cgroup, root, netns, executable, env } = reading;
    // The pid was another process's by then.
    if (stat !== undefined && compareStart(tracked, stat.startTime) !== 0) return {};
    // With another name it may run something else already.
    const hasEnv = captureEnv && env !== undefined && (stat === undefined || stat.comm === event.subject.comm);
    return {
      ...(cgroup === undefined ? {} : { cgroups: readCgroups(cgroup) }),
      ...(root === undefined ? {} : { root }),
      ...(netns === undefined ? {} : { netns }),
      ...(executable === undefined ? {} : { executable }),
      ...(hasEnv ? { env } : {}),
    };
  }

  function readNow(event: AuditExec, tracked: TrackedProcess): ExecFacts {
    const { pid } = tracked;
    const cgroup = readCgroup(procfs, pid);
    if (!cgroup.ok && cgroup.failure === "gone") return {};
    const root = readRoot(procfs, pid);
    const netns = readNamespace(procfs, pid, "net");
    const env = captureEnv ? readEnviron(procfs, pid) : undefined;
    // Read last: what was read before it is of this process then.
    const stat = readStat(procfs, pid);
    if (!stat.ok || compareStart(tracked, stat.value.startTime) !== 0) return {};
    const rootPath = root.ok ? root.value : undefined;
    const hasEnv = env?.ok && runsStill(event, tracked, rootPath);
    return {
      ...(cgroup.ok ? { cgroups: cgroupFacts(cgroup.value) } : {}),
      ...(rootPath === undefined ? {} : { root: rootPath }),
      ...(netns.ok ? { netns: netns.value } : {}),
      ...(hasEnv ? { env: env.value } : {}),
    };
  }

  /** True if nothing shows that the process has run another executable since. */
  function runsStill({ subject }: AuditExec, tracked: TrackedProcess, root: string | undefined): boolean {
    const link = readExeLink(procfs, tracked.pid);
    const stat = readStat(procfs, tracked.pid);
    return (
      link.ok &&
      stat.ok &&
      compareStart(tracked, stat.value.startTime) === 0 &&
      stat.value.comm === subject.comm &&
      subject.exe !== undefined &&
      link.value === seenFromHere(subject.exe, root)
    );
  }

  return gather;
}
