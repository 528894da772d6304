/** Offsets in `struct holder_record` of bpf/shared/records.h, by the names there, and its size. */
export const HOLDER_RECORD = {
  head: 0,
  ends: 48,
  cookie: 96,
  inode: 104,
  fd: 112,
  state: 116,
  receive_queue: 120,
  send_queue: 124,
  socket_uid: 128,
  interface_index: 132,
  bytes: 136,
} as const;
