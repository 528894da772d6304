/** `AUDIT_USER` of `include/uapi/linux/audit.h`: a message of `auditctl -m`. */
const USER = 1005;
/** `AUDIT_KERNEL`: what the kernel tells of its auditing. */
const KERNEL = 2000;

/** Messages of programs, through the kernel: `AUDIT_FIRST_USER_MSG` to `AUDIT_LAST_USER_MSG`, and the second range of them. */
function isProgramMessage(type: number): boolean {
  return (type >= 1100 && type <= 1199) || (type >= 2100 && type <= 2999) || type === USER;
}

/** What auditd tells of itself. It numbers these by itself, from a random number on: no serial number of the kernel's. */
export function isDaemonMessage(type: number): boolean {
  return type >= 1200 && type <= 1299;
}

/**
 * Whether a record of this type is an event by itself, so that nothing has to be waited for: libaudit's rules
 * (`audit_is_last_record`), without those types that today's kernels let a SYSCALL record follow (LOGIN, the labels of packets).
 */
export function comesAlone(type: number): boolean {
  return isProgramMessage(type) || isDaemonMessage(type) || type === KERNEL;
}
