import { expect, it } from "vitest";
import type { AuditControl } from "../kernel/audit-control.ts";
import { type AuditPresence, enterAudit } from "./audit-presence.ts";
import { type FakeAudit, type FakeProcfs, fakeControl, fakeProcfs, newAudit } from "./fake-audit.test-kit.ts";
import { monitorsInKernel } from "./monitors-in-kernel.ts";

const WANTED = { activities: ["exec"] as const, arch: "x64", enable: true, backlogLimit: 8192 };

function enter(control: AuditControl, procfs: FakeProcfs, backlogLimit = WANTED.backlogLimit): AuditPresence {
  return enterAudit(control, { ...WANTED, procfs, backlogLimit });
}

/** Two rules for exec, and a claim. */
function expectRunning(audit: FakeAudit, presence: AuditPresence, backlogLimit = WANTED.backlogLimit): void {
  expect(audit.enabled).toBe(1);
  expect(audit.backlogLimit).toBeGreaterThanOrEqual(backlogLimit);
  expect(audit.rules.filter(({ key }) => key === presence.key)).toHaveLength(3);
}

class Killed extends Error {}

/** Runs `work` with a control that is killed around its call of that number; false once there is no such call. */
function killAt(
  audit: FakeAudit,
  at: number,
  when: "before" | "after",
  work: (control: AuditControl) => void,
): boolean {
  let isDead = false;
  const control = fakeControl(audit, (count, now) => {
    isDead ||= count === at && now === when;
    if (isDead) throw new Killed();
  });
  try {
    work(control);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  return isDead;
}

it("raises, adds, and puts all back", () => {
  using procfs = fakeProcfs();
  const audit = newAudit();
  const presence = enter(fakeControl(audit), procfs);
  expectRunning(audit, presence);
  expect(presence.raised).toEqual({
    enabled: { before: 0, since: 1 },
    backlogLimit: { before: 64, since: 8192 },
    daemon: 0,
  });
  presence.leave();
  presence.leave();
  expect(audit).toEqual(newAudit());
});

it.each(["before", "after"] as const)("leaves nothing for good, whenever it is killed: %s a call", (when) => {
  using procfs = fakeProcfs();
  let first = 1;
  const live = (control: AuditControl): void => enter(control, procfs).leave();
  for (let going = true; going; first++) {
    let second = 1;
    for (let goes = true; goes; second++) {
      const audit = newAudit();
      procfs.next();
      going = killAt(audit, first, when, live);
      procfs.next();
      // Who takes leftovers away is killed, too.
      goes = killAt(audit, second, when, live);
      procfs.next();
      const last = enter(fakeControl(audit), procfs);
      expectRunning(audit, last);
      expect(monitorsInKernel(audit.rules).monitors).toHaveLength(1);
      last.leave();
      expect(audit).toEqual(newAudit());
    }
    expect(second).toBeGreaterThan(10);
  }
  expect(first).toBeGreaterThan(10);
});

/** What another monitor does while one begins or leaves; gives the one that runs on, if any. */
const MEANWHILE: Readonly<
  Record<string, (audit: FakeAudit, procfs: FakeProcfs, other: AuditPresence | undefined) => AuditPresence | undefined>
> = {
  "comes with a higher limit": (audit, procfs) => enter(fakeControl(audit), procfs, 16_384),
  "comes and goes": (audit, procfs) => {
    enter(fakeControl(audit), procfs, 16_384).leave();
    return undefined;
  },
  leaves: (_audit, _procfs, other) => {
    other?.leave();
    return undefined;
  },
};

it.each(Object.entries(MEANWHILE))(
  "another one %s, whatever the moment, while one begins and leaves",
  (_, meanwhile) => {
    using procfs = fakeProcfs();
    for (const hasLeftovers of [false, true]) {
      for (const hasOther of [false, true]) {
        let happened = true;
        for (let at = 1; happened; at++) {
          happened = false;
          const audit = newAudit();
          procfs.next();
          if (hasLeftovers) enter(fakeControl(audit), procfs, 4096);
          procfs.next();
          const before = hasOther ? enter(fakeControl(audit), procfs, 1024) : undefined;
          let other: AuditPresence | undefined = before;
          const control = fakeControl(audit, (count, when) => {
            if (count !== at || when !== "before") return;
            happened = true;
            other = meanwhile(audit, procfs, before);
          });
          const one = enter(control, procfs);
          expectRunning(audit, one);
          one.leave();
          if (other) expectRunning(audit, other, 1024);
          other?.leave();
          before?.leave();
          expect(audit).toEqual(newAudit());
        }
      }
    }
  },
);

it("keeps settings for the last one, and each one's rules", () => {
  using procfs = fakeProcfs();
  const audit = newAudit();
  const control = fakeControl(audit);
  const [first, second] = [enter(control, procfs), enter(control, procfs, 1000)];
  expect(first.key).not.toBe(second.key);
  expect(second.raised).toBeUndefined();
  first.leave();
  expectRunning(audit, second);
  second.leave();
  expect(audit).toEqual(newAudit());
});

it("leaves what others have set since", () => {
  using procfs = fakeProcfs();
  const audit = newAudit();
  const presence = enter(fakeControl(audit), procfs);
  // As auditd does when it starts.
  audit.pid = 1;
  audit.backlogLimit = 320;
  presence.leave();
  expect(audit).toEqual({ enabled: 1, pid: 1, backlogLimit: 320, rules: [] });
});

it("puts back what was so with a daemon", () => {
  using procfs = fakeProcfs();
  const audit = { ...newAudit(), pid: 1 };
  enter(fakeControl(audit), procfs).leave();
  expect(audit).toEqual({ ...newAudit(), pid: 1 });
});

it("does not turn auditing on unasked, and leaves nothing then", () => {
  using procfs = fakeProcfs();
  const audit = newAudit();
  const control = fakeControl(audit);
  expect(() => enterAudit(control, { ...WANTED, procfs, enable: false })).toThrow(
    expect.objectContaining({ code: "METHOD_UNAVAILABLE", remedy: expect.stringContaining("enable: true") }),
  );
  expect(audit).toEqual(newAudit());
});

it("needs nothing to be changed where nothing is asked for and all is locked", () => {
  using procfs = fakeProcfs();
  const audit = { ...newAudit(), enabled: 2 };
  const presence = enterAudit(fakeControl(audit), { ...WANTED, procfs, activities: [] });
  expect(presence).toMatchObject({ key: undefined, missing: [] });
  presence.leave();
  expect(audit).toEqual({ ...newAudit(), enabled: 2 });
});

it("adds and changes nothing where nothing is wanted, but for what killed ones had left", () => {
  using procfs = fakeProcfs();
  const audit = newAudit();
  const watch = (): AuditPresence =>
    enterAudit(fakeControl(audit), { procfs, activities: [], arch: "x64", enable: false });
  const presence = watch();
  expect(presence.key).toBeUndefined();
  expect(audit).toEqual(newAudit());
  presence.leave();
  expect(audit).toEqual(newAudit());

  const other = enter(fakeControl(audit), procfs);
  const rules = [...audit.rules];
  watch().leave();
  expect(audit.rules).toEqual(rules);
  expectRunning(audit, other);

  procfs.next();
  expect(watch().leftovers).toEqual({ rules: 3, settings: true });
  expect(audit).toEqual(newAudit());
});
