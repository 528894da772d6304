import { decodeBytes, parseEnviron, parseStat } from "@procmon/core";
import type { Capture, CaptureFile, TextCaptureRule } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import { RecordType } from "../parse/record-types.ts";
import { AUDIT_ARCH, type AuditArch, SYSCALL_NUMBERS, type SyscallName } from "../syscalls/syscall-numbers.ts";
import type { ArrivalReading } from "./arrival-reading.ts";

/** Where a datagram has its type and flags (`struct nlmsghdr`); the flags of a record are 0. */
const TYPE_OFFSET = 4;

const STAT: CaptureFile = { name: "stat", kind: "file", limit: 2048 };
/** A process may be in a dozen hierarchies of cgroups. */
const CGROUP: CaptureFile = { name: "cgroup", kind: "file", limit: 16 * 1024 };
const ROOT: CaptureFile = { name: "root", kind: "link", limit: 4096 };
const NETNS: CaptureFile = { name: "ns/net", kind: "link", limit: 64 };
const EXE: CaptureFile = { name: "exe", kind: "identity", limit: 0 };
const ENVIRON: CaptureFile = { name: "environ", kind: "file", limit: 256 * 1024 };

/** The calls whose first argument is a socket, the most frequent first, and the one that makes a socket. */
const WITH_SOCKET: readonly SyscallName[] = ["connect", "sendto", "sendmsg", "sendmmsg", "bind", "listen"];
const MAKES_SOCKET: readonly SyscallName[] = ["accept", "accept4"];
const EXECS: readonly SyscallName[] = ["execve", "execveat"];

/** What programs of a machine may be built for, by Node's name of its architecture. */
const ARCHES: Readonly<Record<string, readonly AuditArch[]>> = { x64: ["x86_64", "i386"], arm64: ["arm64", "arm"] };

/**
 * What is read of a process the moment a SYSCALL record of its arrives. Of an exec what tells where it runs, of a call with a socket that very
 * socket, of all others when it began.
 *
 * @param architecture as `process.arch` has it; of one that is not known here, every call is one of the others
 */
export function createCaptureRules(architecture: string, captureEnv: boolean): readonly TextCaptureRule[] {
  const all = { offset: TYPE_OFFSET, value: RecordType.SYSCALL, pidAfter: " pid=" } as const;
  const argument = { text: " a0=", radix: 16 } as const;
  const result = { text: " exit=", radix: 10 } as const;
  const execFiles = [STAT, CGROUP, ROOT, NETNS, EXE, ...(captureEnv ? [ENVIRON] : [])];
  const rules = (ARCHES[architecture] ?? []).flatMap((arch) => [
    ...callTexts(arch, EXECS).map((contains) => ({ ...all, contains, files: execFiles })),
    ...callTexts(arch, WITH_SOCKET).map((contains) => ({ ...all, contains, socketAfter: argument, files: [STAT] })),
    ...callTexts(arch, MAKES_SOCKET).map((contains) => ({ ...all, contains, socketAfter: result, files: [STAT] })),
  ]);
  return [...rules, { ...all, files: [STAT] }];
}

/** How the records of these calls begin. */
function callTexts(arch: AuditArch, names: readonly SyscallName[]): string[] {
  return names.flatMap((name) => {
    const number = SYSCALL_NUMBERS[arch][name];
    return number === undefined ? [] : [`arch=${AUDIT_ARCH[arch].toString(16)} syscall=${number} `];
  });
}

/** What the rules above read; undefined where that is nothing. Nothing of it is a view of the batch. */
export function decodeCaptures(
  { parseCapturedSocket, parseCapturedFile }: Pick<NativeAccess, "parseCapturedSocket" | "parseCapturedFile">,
  captures: readonly Capture[],
): ArrivalReading | undefined {
  // Each kind of call has another number of captures.
  const reading =
    captures.length === 1
      ? statOf(captures[0])
      : captures.length === 2
        ? { ...socketOf(captures[0]), ...statOf(captures[1]) }
        : { ...execReading(captures), ...fileOf(captures[4]) };
  return Object.keys(reading).length === 0 ? undefined : reading;

  function socketOf(capture: Capture | undefined): ArrivalReading {
    const socket = capture && parseCapturedSocket(capture);
    return socket ? { socket } : {};
  }

  function fileOf(capture: Capture | undefined): ArrivalReading {
    const executable = capture && parseCapturedFile(capture);
    return executable ? { executable } : {};
  }
}

function statOf(capture: Capture | undefined): ArrivalReading {
  const stat = isWhole(capture) ? parseStat(capture.bytes) : undefined;
  return stat ? { stat } : {};
}

function execReading([stat, cgroup, root, netns, _exe, environ]: readonly Capture[]): ArrivalReading {
  const inode = isWhole(netns) ? /^net:\[(\d{1,15})\]$/.exec(netns.bytes.toString("latin1"))?.[1] : undefined;
  return {
    ...statOf(stat),
    ...(isWhole(cgroup) ? { cgroup: Uint8Array.from(cgroup.bytes) } : {}),
    ...(isWhole(root) ? { root: decodeBytes(root.bytes) } : {}),
    ...(inode === undefined ? {} : { netns: Number(inode) }),
    ...(isWhole(environ) ? { env: parseEnviron(environ.bytes) } : {}),
  };
}

function isWhole(capture: Capture | undefined): capture is Capture {
  return capture !== undefined && capture.error === 0 && !capture.truncated;
}
