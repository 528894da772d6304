import { decodeBytes, type FileIdentity, type ProcStat, parseCmdline, parseEnviron, parseStat } from "@procmon/core";
import type { Capture, CapturedFile, CaptureRule } from "@procmon/native";
import { OFFSET, PROC_EVENT } from "./proc-event.ts";

/** What was read of a process when the kernel told of it. Of one that was gone already, nothing is here. */
export interface ProcCapture {
  /** Where `/proc/<pid>/exe` pointed to. */
  readonly exe?: string;
  /** True where it may not be read. */
  readonly denied?: true;
  readonly args?: readonly string[];
  readonly argsTruncated?: true;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly executable?: FileIdentity;
  /** Read after all the others. */
  readonly stat?: ProcStat;
}

const STAT = { name: "stat", kind: "file", limit: 2048 } as const;
const LINK_LIMIT = 4096;
/** Bytes of arguments: those of most; who has more is read again where it still runs. */
const ARGS_LIMIT = 32 * 1024;
const ENV_LIMIT = 256 * 1024;

const ENOENT = 2;
const ESRCH = 3;
const EACCES = 13;
const EPERM = 1;

/**
 * What the reading thread reads at once. Each file makes the processes that begin wait a little, so there are few. Of a fork nothing: what comes
 * next of the process tells when it began, or it lives still.
 */
export function captureRules(captureEnv: boolean): readonly CaptureRule[] {
  const environ = captureEnv ? [{ name: "environ", kind: "file", limit: ENV_LIMIT } as const] : [];
  return [
    { offset: OFFSET.what, value: PROC_EVENT.exit, pidOffset: OFFSET.tgid, files: [STAT] },
    {
      offset: OFFSET.what,
      value: PROC_EVENT.exec,
      pidOffset: OFFSET.tgid,
      files: [
        { name: "exe", kind: "link", limit: LINK_LIMIT },
        { name: "exe", kind: "identity", limit: 0 },
        { name: "cmdline", kind: "file", limit: ARGS_LIMIT },
        { name: "cwd", kind: "link", limit: LINK_LIMIT },
        ...environ,
        STAT,
      ],
    },
  ];
}

/**
 * Reads what `captureRules` asked for. Gives undefined where the process was gone.
 *
 * @param parseFile `parseCapturedFile` of the native half
 */
export function parseCapture(
  captures: readonly Capture[],
  parseFile: (capture: Capture) => CapturedFile | undefined,
): ProcCapture | undefined {
  const last = captures.at(-1);
  if (last === undefined) return undefined;
  const stat = last.error === 0 ? parseStat(last.bytes) : undefined;
  if (captures.length === 1) return stat ? { stat } : last.error === ENOENT || last.error === ESRCH ? undefined : {};
  const [exe, identity, cmdline, cwd, environ] = captures;
  if (stat === undefined && exe?.error !== 0) return undefined;
  const args = cmdline?.error === 0 && cmdline.bytes.length > 0 ? parseCmdline(cmdline.bytes) : undefined;
  const executable = identity === undefined ? undefined : parseFile(identity);
  const hasEnv = captures.length > 5 && environ?.error === 0 && !environ.truncated;
  return {
    ...(exe?.error === 0 && !exe.truncated ? { exe: decodeBytes(exe.bytes) } : {}),
    ...(exe?.error === EACCES || exe?.error === EPERM ? { denied: true } : {}),
    ...(args === undefined ? {} : { args }),
    ...(args !== undefined && cmdline?.truncated ? { argsTruncated: true } : {}),
    ...(cwd?.error === 0 && !cwd.truncated ? { cwd: decodeBytes(cwd.bytes) } : {}),
    ...(hasEnv ? { env: parseEnviron(environ.bytes) } : {}),
    ...(executable === undefined ? {} : { executable }),
    ...(stat === undefined ? {} : { stat }),
  };
}
