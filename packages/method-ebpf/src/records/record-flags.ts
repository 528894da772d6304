/** Flags of records about processes: bpf/shared/records.h. */
export const PROCESS_FLAGS = {
  memfd: 0x1,
  script: 0x2,
  pathCut: 0x4,
  cwdCut: 0x8,
  argsCut: 0x10,
  envCut: 0x20,
  argsUnread: 0x40,
  kernelThread: 0x80,
  listed: 0x100,
  forked: 0x200,
  zombie: 0x400,
  removed: 0x800,
  cwdRemoved: 0x1000,
  rootCut: 0x2000,
} as const;

/** Flags of records about sockets, and of the table of owners: bpf/shared/records.h. */
export const SOCKET_FLAGS = {
  kernel: 0x1,
  ofListener: 0x2,
  unknownOwner: 0x4,
  began: 0x8,
  counted: 0x10,
  mptcp: 0x20,
  received: 0x40,
  shared: 0x80,
} as const;
