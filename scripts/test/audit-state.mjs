import { spawnSync } from "node:child_process";

/** What a test may change of the kernel's auditing. Counters, and what only says how full it is, go their own ways. */
const SETTINGS = /^(enabled|failure|pid|rate_limit|backlog_limit|backlog_wait_time) /;

/** Rules of a monitor: those of others come and go as they like. */
const OURS = /\bprocmon-(\d+)-/;

/** The settings of the kernel's auditing, and the rules of monitors; none where they may not be asked for, or there is no auditctl. */
export function auditState() {
  const settings = auditctl("-s")
    .filter((line) => SETTINGS.test(line))
    .map((line) => `audit setting ${line}`);
  return [...settings, ...auditRules().map(({ rule }) => rule)];
}

/** The rules of monitors, and whose each is. */
export function auditRules() {
  return auditctl("-l").flatMap((rule) => {
    const pid = OURS.exec(rule)?.[1];
    return pid === undefined ? [] : [{ rule: `audit rule ${rule}`, pid }];
  });
}

function auditctl(flag) {
  const { status, stdout } = spawnSync("auditctl", [flag], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n") : [];
}
