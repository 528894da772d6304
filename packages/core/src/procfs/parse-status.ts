import { decodeBytes } from "../text/decode-bytes.ts";
import { decodeCapabilities } from "./capability-names.ts";
import { type ProcCredentials, parseCredentials } from "./parse-credentials.ts";
import { statusField, statusNumber } from "./status-field.ts";

/** `/proc/<pid>/status` (proc_pid_status(5)). A field that this kernel does not have is absent. */
export interface ProcStatus extends ProcCredentials {
  /** As the kernel escapes it: a newline is `\n`, a backslash `\\`. */
  readonly name: string;
  readonly state: string;
  readonly ppid?: number;
  /** The pid of the process that traces it; 0 for none. */
  readonly tracerPid?: number;
  readonly umask?: number;
  readonly threads?: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Every `Vm…` and `Rss…` line in kB, by its own name, for example `VmRSS`. */
  readonly memory: Readonly<Record<string, number>>;
  /** 0 disabled, 1 strict, 2 filter (seccomp(2)). */
  readonly seccomp?: number;
  readonly seccompFilters?: number;
  readonly noNewPrivs?: boolean;
  /** Names as in capabilities(7), for example `CAP_NET_ADMIN`. */
  readonly capabilities: {
    readonly inheritable: readonly string[];
    readonly permitted: readonly string[];
    readonly effective: readonly string[];
    readonly bounding: readonly string[];
    readonly ambient: readonly string[];
  };
  readonly voluntarySwitches?: number;
  readonly involuntarySwitches?: number;
}

/** Parses `/proc/<pid>/status`; undefined for anything that is none. */
export function parseStatus(bytes: Buffer): ProcStatus | undefined {
  const credentials = parseCredentials(bytes);
  if (credentials === undefined) return undefined;
  const text = bytes.toString("latin1");
  const noNewPrivs = statusNumber(text, "NoNewPrivs");
  const umask = Number.parseInt(statusField(text, "Umask") ?? "", 8);
  return {
    ...credentials,
    name: decodeBytes(Buffer.from(statusField(text, "Name") ?? "", "latin1")),
    state: statusField(text, "State")?.charAt(0) ?? "",
    ...known({
      ppid: statusNumber(text, "PPid"),
      tracerPid: statusNumber(text, "TracerPid"),
      umask: Number.isNaN(umask) ? undefined : umask,
      threads: statusNumber(text, "Threads"),
      seccomp: statusNumber(text, "Seccomp"),
      seccompFilters: statusNumber(text, "Seccomp_filters"),
      noNewPrivs: noNewPrivs === undefined ? undefined : noNewPrivs !== 0,
      voluntarySwitches: statusNumber(text, "voluntary_ctxt_switches"),
      involuntarySwitches: statusNumber(text, "nonvoluntary_ctxt_switches"),
    }),
    groups: (statusField(text, "Groups") ?? "").split(" ").filter(Boolean).map(Number),
    memory: parseMemory(text),
    capabilities: {
      inheritable: decodeCapabilities(statusField(text, "CapInh")),
      permitted: decodeCapabilities(statusField(text, "CapPrm")),
      effective: decodeCapabilities(statusField(text, "CapEff")),
      bounding: decodeCapabilities(statusField(text, "CapBnd")),
      ambient: decodeCapabilities(statusField(text, "CapAmb")),
    },
  };
}

function parseMemory(text: string): Record<string, number> {
  const memory: Record<string, number> = {};
  for (const [, name, size] of text.matchAll(/^((?:Vm|Rss)\w{1,16}):[ \t]{1,16}(\d{1,16}) kB$/gm)) {
    if (name !== undefined) memory[name] = Number(size);
  }
  return memory;
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function known<T extends object>(fields: T): Known<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Known<T>;
}
