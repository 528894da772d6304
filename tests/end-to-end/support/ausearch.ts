import { execFileSync } from "node:child_process";

/** A system call as ausearch(8) tells it of a log of auditd. Text is latin1, one character for each byte. */
export interface FoundCall {
  readonly serial: number;
  /** For example `connect`. */
  readonly name: string;
  readonly pid: number;
  readonly ppid: number;
  readonly exe: string;
  /** What it gave: a number, or the name of an errno. Empty for one that never returns. */
  readonly exit: string;
  /** The first arguments, as ausearch interprets them: `0x4`, `SOCK_STREAM`. */
  readonly words: readonly string[];
  /** Of an exec. */
  readonly args?: readonly string[];
  /** Of an address of IP that is in its records. */
  readonly address?: { readonly ip: string; readonly port: number };
  /** Of the rule that made the records. */
  readonly key: string;
}

const AUSEARCH = "/usr/sbin/ausearch";
const MOST_OUTPUT = 1 << 30;

/** What ausearch finds in a log, in the order of serial numbers: the system calls of these processes. */
export function searchLog(log: string, pids: ReadonlySet<number>): readonly FoundCall[] {
  // It writes bytes that are no ASCII as they are, and control characters as octal numbers.
  const text = execFileSync(AUSEARCH, ["-i", "-if", log], { encoding: "latin1", maxBuffer: MOST_OUTPUT });
  return text
    .split("----\n")
    .flatMap((event) => readCall(event.split("\n"), pids) ?? [])
    .sort((one, other) => one.serial - other.serial);
}

const CALL =
  /^type=SYSCALL .*:(\d+)\) : arch=\S+ syscall=(\S+) (?:success=\S+ exit=(-?\w+).*? )?a0=(\S+) a1=(\S+) a2=.* ppid=(\d+) pid=(\d+) .* exe=(.*?) (?:subj=\S+ )?key=(.*?) ?$/;
const ADDRESS = /^type=SOCKADDR .* saddr_fam=inet6? laddr=(\S+) lport=(\d+) /;

function readCall(lines: readonly string[], pids: ReadonlySet<number>): FoundCall | undefined {
  const found = lines.flatMap((line) => CALL.exec(line) ?? []);
  const [, serial, name = "", exit = "", a0 = "", a1 = "", ppid, pid, exe = "", key = ""] = found;
  if (!pids.has(Number(pid))) return undefined;
  const args = readArguments(lines.filter((line) => line.startsWith("type=EXECVE ")));
  const [, ip, port] = lines.flatMap((line) => ADDRESS.exec(line) ?? []);
  return {
    serial: Number(serial),
    name,
    pid: Number(pid),
    ppid: Number(ppid),
    exe: withoutOctals(exe),
    exit,
    words: [a0, a1],
    ...(args.length > 0 ? { args } : {}),
    ...(ip === undefined ? {} : { address: { ip, port: Number(port) } }),
    key,
  };
}

/** `a1=x`, and `a1[0]=x` where it comes in pieces, up to the next one; the records of an event come in any order. */
const ARGUMENT = /(?<= )a(\d+)(?:\[(\d+)\])?=(.*?)(?= a\d+(?:\[\d+\]|_len)?=| $)/g;

function readArguments(lines: readonly string[]): readonly string[] {
  const args: string[][] = [];
  for (const line of lines) {
    for (const [, number, piece = "0", text = ""] of line.matchAll(ARGUMENT)) {
      const pieces = args[Number(number)] ?? [];
      pieces[Number(piece)] = withoutOctals(text);
      args[Number(number)] = pieces;
    }
  }
  return args.map((pieces) => pieces.join(""));
}

function withoutOctals(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
