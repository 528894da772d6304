/** What `/proc/<pid>/fdinfo/<fd>` tells of every descriptor (proc_pid_fdinfo(5)). */
export interface DescriptorInfo {
  /** The position in the file, in bytes. */
  readonly position?: bigint;
  /** Access mode and status flags, O_* of open(2). */
  readonly flags?: number;
  /** The mount's id in mountinfo. */
  readonly mountId?: number;
}

/** Parses `/proc/<pid>/fdinfo/<fd>`; what is not there is absent. */
export function parseFdinfo(bytes: Buffer): DescriptorInfo {
  const text = bytes.toString("latin1", 0, 512);
  const position = /^pos:\s{1,4}(\d{1,20})$/m.exec(text)?.[1];
  const flags = /^flags:\s{1,4}([0-7]{1,16})$/m.exec(text)?.[1];
  const mountId = /^mnt_id:\s{1,4}(\d{1,15})$/m.exec(text)?.[1];
  return {
    ...(position === undefined ? {} : { position: BigInt(position) }),
    ...(flags === undefined ? {} : { flags: Number.parseInt(flags, 8) }),
    ...(mountId === undefined ? {} : { mountId: Number(mountId) }),
  };
}
