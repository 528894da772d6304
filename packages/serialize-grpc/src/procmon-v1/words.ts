import type {
  ChecksumStatus,
  Container,
  ExeKind,
  MethodChange,
  MonitorEventType,
  NoOwnerReason,
  PacketSocketEntry,
  Process,
  ProcessOwnership,
  Protocol,
  SocketState,
  UnixSocketEntry,
} from "@procmon/core";

/** The words of one of core's types and the numbers of the enum that stands for it in procmon.v1. */
export interface Words<Word extends string> {
  /** The number of a word, and 0 (unspecified) for anything else. */
  numberOf(word: unknown): number;
  /** The word of a number. Undefined for 0, and for what only a newer version knows. */
  wordOf(number: number): Word | undefined;
}

/** `numbers` has all words, so that nothing compiles while one is missing. */
function words<Word extends string>(numbers: Readonly<Record<Word, number>>): Words<Word> {
  const byWord: ReadonlyMap<unknown, number> = new Map(Object.entries<number>(numbers));
  const byNumber: (Word | undefined)[] = [undefined];
  for (const word in numbers) byNumber[numbers[word]] = word;
  return {
    numberOf: (word) => byWord.get(word) ?? 0,
    wordOf: (number) => (number < byNumber.length ? byNumber[number] : undefined),
  };
}

/** procmon.v1.Protocol. */
export const PROTOCOL_WORDS: Words<Protocol> = words<Protocol>({
  tcp: 1,
  tcp6: 2,
  udp: 3,
  udp6: 4,
  udplite: 5,
  udplite6: 6,
  icmp: 7,
  icmp6: 8,
  raw: 9,
  raw6: 10,
  sctp: 11,
  packet: 12,
});

/** procmon.v1.Confidence. */
export const CONFIDENCE_WORDS: Words<ProcessOwnership["confidence"]> = words<ProcessOwnership["confidence"]>({
  exact: 1,
  derived: 2,
});

/** procmon.v1.NoOwnerReason. */
export const NO_OWNER_REASON_WORDS: Words<NoOwnerReason> = words<NoOwnerReason>({
  "not-found": 1,
  "time-wait": 2,
  orphaned: 3,
  unheld: 4,
  ambiguous: 5,
});

/** procmon.v1.SocketState. */
export const SOCKET_STATE_WORDS: Words<SocketState> = words<SocketState>({
  established: 1,
  "syn-sent": 2,
  "syn-recv": 3,
  "fin-wait-1": 4,
  "fin-wait-2": 5,
  "time-wait": 6,
  close: 7,
  "close-wait": 8,
  "last-ack": 9,
  listen: 10,
  closing: 11,
  unconnected: 12,
});

/** procmon.v1.UnixSocketType. */
export const UNIX_SOCKET_TYPE_WORDS: Words<UnixSocketEntry["type"]> = words<UnixSocketEntry["type"]>({
  stream: 1,
  dgram: 2,
  seqpacket: 3,
});

/** procmon.v1.PacketSocketType. */
export const PACKET_SOCKET_TYPE_WORDS: Words<PacketSocketEntry["type"]> = words<PacketSocketEntry["type"]>({
  raw: 1,
  dgram: 2,
  packet: 3,
});

/** procmon.v1.ChecksumStatus. */
export const CHECKSUM_STATUS_WORDS: Words<ChecksumStatus> = words<ChecksumStatus>({
  ok: 1,
  pending: 2,
  gone: 3,
  denied: 4,
  too_large: 5,
  timeout: 6,
  changed: 7,
  failed: 8,
});

/** procmon.v1.ExeKind. */
export const EXE_KIND_WORDS: Words<ExeKind> = words<ExeKind>({ file: 1, memfd: 2, deleted: 3, script: 4 });

/** procmon.v1.EventType. */
export const EVENT_TYPE_WORDS: Words<MonitorEventType> = words<MonitorEventType>({
  exec: 1,
  fork: 2,
  exit: 3,
  connect: 4,
  accept: 5,
  listen: 6,
  close: 7,
  flow: 8,
  checksum: 9,
  "checksum-change": 10,
  lost: 11,
  method: 12,
});

/** procmon.v1.MethodChange.Change. */
export const METHOD_CHANGE_WORDS: Words<MethodChange> = words<MethodChange>({
  start: 1,
  fallback: 2,
  switch: 3,
  restart: 4,
  failure: 5,
  stop: 6,
});

/** A set of words that are text in procmon.v1, as `is(text)`. It has all of core's type, or nothing compiles. */
function oneOf<Word extends string>(all: Readonly<Record<Word, true>>): (text: string) => text is Word {
  const known: ReadonlySet<string> = new Set(Object.keys(all));
  return (text): text is Word => known.has(text);
}

/** procmon.v1.Container.runtime. */
export const isContainerRuntime: (text: string) => text is NonNullable<Container["runtime"]> = oneOf<
  NonNullable<Container["runtime"]>
>({ docker: true, podman: true, containerd: true, "cri-o": true, lxc: true, "systemd-nspawn": true });

/** procmon.v1.Process.denied: the fields of a process. What is new here is to be encoded and decoded, too. */
export const isProcessField: (text: string) => text is keyof Process = oneOf<keyof Process>({
  pid: true,
  startTime: true,
  ppid: true,
  uid: true,
  gid: true,
  uids: true,
  gids: true,
  user: true,
  comm: true,
  path: true,
  realPath: true,
  root: true,
  args: true,
  argsTotal: true,
  argsTruncated: true,
  cwd: true,
  env: true,
  tree: true,
  executable: true,
  checksums: true,
  checksumStatus: true,
  exeKind: true,
  script: true,
  appImage: true,
  cgroup: true,
  container: true,
  systemdUnit: true,
  nsPid: true,
  netns: true,
  kernelThread: true,
  state: true,
  denied: true,
});
