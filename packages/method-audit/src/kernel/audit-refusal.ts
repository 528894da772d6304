import { DEFAULT_PROCFS, ProcmonError, readStatus } from "@procmon/core";

/** Why the kernel does not do what is asked for. */
export interface AuditRefusal {
  /** The errno's name. */
  readonly code: string;
  /** False where there was nobody to ask. */
  readonly isSent: boolean;
  /** Nothing can be changed until the machine starts again. */
  readonly isLocked?: boolean;
  /** The process to which records are sent now, where that is in the way. */
  readonly daemon?: number;
}

const CAPABILITY = "CAP_AUDIT_CONTROL";

/** The error of a refusal, in words for the user. */
export function auditRefused(refusal: AuditRefusal): ProcmonError {
  const [message, remedy] = explain(refusal);
  return new ProcmonError({ code: "METHOD_UNAVAILABLE", message, remedy });
}

function explain({
  code,
  isSent,
  isLocked = false,
  daemon,
}: AuditRefusal): readonly [message: string, remedy?: string] {
  if (isLocked) {
    return [
      "Audit rules and settings cannot be changed until the machine starts again (auditctl -e 2).",
      "Use the rules that are there (activities: []), or take -e 2 out of /etc/audit/rules.d, and start the machine again.",
    ];
  }
  if (daemon !== undefined) {
    return [
      `The kernel sends its audit records to process ${daemon} already.`,
      'Listen beside it (source: "multicast"), or stop it.',
    ];
  }
  switch (code) {
    case "EPERM":
      return explainPermission();
    case "ECONNREFUSED":
      return isSent
        ? [
            "The kernel's audit system answers only processes of the first user namespace, and this one is in another.",
            "Run it outside of the container, or in one that shares the host's user namespace.",
          ]
        : [
            "Auditing was turned off when the machine started (audit=0).",
            "Take audit=0 out of the kernel's command line, and start the machine again.",
          ];
    case "EPROTONOSUPPORT":
      return [
        "This kernel was built without audit.",
        "Use a kernel that is built with CONFIG_AUDIT and CONFIG_AUDITSYSCALL.",
      ];
    case "ETIMEDOUT":
      return ["The kernel's audit system did not answer in time.", "Try again when the machine is less busy."];
    default:
      return [`The kernel's audit system refused: ${code}.`];
  }
}

/** The kernel tells both apart by nothing. */
function explainPermission(): readonly [message: string, remedy: string] {
  const status = readStatus(DEFAULT_PROCFS, process.pid);
  if (status.ok && status.value.capabilities.effective?.includes(CAPABILITY)) {
    return [
      "The kernel's audit system answers only processes of the first pid namespace, and this one is in another.",
      "Run it outside of the container, or in one that shares the host's pid namespace (docker run --pid=host).",
    ];
  }
  return [
    `The kernel's audit system answers only who has ${CAPABILITY}, which this process does not have.`,
    `Run it as root, or give it this alone. In a systemd unit: AmbientCapabilities=${CAPABILITY} CAP_AUDIT_READ`,
  ];
}
