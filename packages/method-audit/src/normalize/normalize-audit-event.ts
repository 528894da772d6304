import type { AuditEvent } from "../assemble/audit-event.ts";
import { auditField } from "../parse/audit-field.ts";
import type { AuditRecord } from "../parse/audit-record.ts";
import { RecordType } from "../parse/record-types.ts";
import { readExecArguments } from "./exec-arguments.ts";
import { readCwd, readFiles } from "./exec-files.ts";
import { readTitleArguments } from "./exec-title.ts";
import type { AuditExec, NormalizedAuditEvent } from "./normalized-event.ts";
import { decodeSocketAddress, type SocketAddress } from "./socket-address.ts";
import { readKeys, readSubject } from "./syscall-record.ts";
import { type CallArguments, readCall } from "./system-call.ts";

/** What the kinds of events have in common. */
type Base = Pick<AuditExec, "serial" | "time" | "complete" | "keys" | "subject" | "syscall" | "errno">;

/** `CLONE_THREAD` of `include/uapi/linux/sched.h`. */
const CLONE_THREAD = 0x10000;
/** Without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`: `SOCK_TYPE_MASK` of `include/linux/net.h`. */
const SOCK_TYPE_MASK = 0xf;

/**
 * Says what an event means. Undefined for one that is about something else than the system calls that Procmon knows (execve, clone,
 * exit_group, socket, connect, bind, listen, accept, sendto and their like, on x86-64, x32, i386, arm64 and arm), whose SYSCALL record
 * is missing or makes no sense, or that made nothing: a fork or a socket that failed. Never throws, in time linear to the records' text.
 */
export function normalizeAuditEvent(event: AuditEvent): NormalizedAuditEvent | undefined {
  const record = firstOf(event, RecordType.SYSCALL);
  const call = record && readCall(record, event.records);
  const subject = call && readSubject(record);
  if (!subject) return undefined;
  const base: Base = {
    serial: event.serial,
    time: event.time,
    complete: event.complete,
    keys: readKeys(record),
    subject,
    syscall: call.name,
    errno: call.errno,
  };
  const [a0, a1, a2] = call.args;
  switch (call.kind) {
    case "exec":
      return execOf(base, event);
    case "fork":
      return call.result < 1 ? undefined : { ...base, kind: "fork", child: call.result, ...threadFlag(call) };
    case "exit":
      // The call never returns, so that there is no error in it.
      return { ...base, kind: "exit", errno: 0, exitCode: a0 & 0xff };
    case "socket":
      return call.errno > 0
        ? undefined
        : { ...base, kind: "socket", fd: call.result, family: a0, type: a1 & SOCK_TYPE_MASK, protocol: a2 };
    case "accept":
      return {
        ...base,
        kind: "accept",
        listenerFd: a0,
        ...(call.errno === 0 && { fd: call.result }),
        ...addressOf(event),
      };
    default:
      return { ...base, kind: call.kind, fd: a0, ...addressOf(event) };
  }
}

/** Only `clone` has its flags in an argument: those of `clone3` are in memory, and `fork` and `vfork` have none. */
function threadFlag({ name, args }: CallArguments): { isThread?: boolean } {
  if (name === "clone3") return {};
  return { isThread: name === "clone" && (args[0] & CLONE_THREAD) !== 0 };
}

function addressOf(event: AuditEvent): { address?: SocketAddress } {
  const record = firstOf(event, RecordType.SOCKADDR);
  const hex = record && auditField(record, "saddr");
  const address = hex === undefined ? undefined : decodeSocketAddress(hex);
  return address ? { address } : {};
}

function execOf(base: Base, event: AuditEvent): AuditExec {
  const cwd = firstOf(event, RecordType.CWD);
  const cwdText = cwd && readCwd(cwd);
  return {
    ...base,
    kind: "exec",
    ...argumentsOf(base, event),
    ...(cwdText !== undefined && { cwd: cwdText }),
    files: readFiles(allOf(event, RecordType.PATH)),
  };
}

function argumentsOf(base: Base, event: AuditEvent): Pick<AuditExec, "args" | "argsTotal" | "argsTruncated"> {
  const found = readExecArguments(allOf(event, RecordType.EXECVE));
  if (found && (found.args.length > 0 || !found.argsTruncated)) return found;
  // The title of a process that could not run something else is still its own.
  const title = base.errno === 0 ? firstOf(event, RecordType.PROCTITLE) : undefined;
  return (title && readTitleArguments(title)) ?? found ?? {};
}

function firstOf(event: AuditEvent, type: number): AuditRecord | undefined {
  for (const record of event.records) if (record.type === type) return record;
  return undefined;
}

function allOf(event: AuditEvent, type: number): readonly AuditRecord[] {
  return event.records.filter((record) => record.type === type);
}
