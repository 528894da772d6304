/** Numbers of `include/uapi/linux/audit.h` that rules are made of. */

/** The lists of rules: `AUDIT_FILTER_…`. */
export const LIST = { user: 0, task: 1, exit: 4, exclude: 5, fs: 6, uringExit: 7 } as const;

/** `AUDIT_NEVER` and `AUDIT_ALWAYS`. */
export const ACTION = { never: 0, always: 2 } as const;

/** Fields: `AUDIT_…`. */
export const FIELD = {
  pid: 0,
  uid: 1,
  arch: 11,
  messageType: 12,
  success: 104,
  watch: 105,
  directory: 107,
  executable: 112,
  /** Linux 5.4. */
  socketFamily: 113,
  arg0: 200,
  key: 210,
} as const;

/** Operators: `AUDIT_EQUAL` and the like. */
export const OP = {
  lessThan: 0x10000000,
  greaterThan: 0x20000000,
  notEqual: 0x30000000,
  equal: 0x40000000,
  lessOrEqual: 0x50000000,
  greaterOrEqual: 0x60000000,
} as const;
