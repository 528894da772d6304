import { describe, expect, it } from "vitest";
import { connect, createScene, exec, exit, fork, PARENT, PID, stat } from "./processes.test-kit.ts";

describe("a process that had ended before anybody could look", () => {
  it("has one identity for all of its records", () => {
    const { tracker, told } = createScene();
    const first = tracker.apply(exec(500), {});
    expect(first).toMatchObject({ pid: PID, startTime: 500n, path: "/bin/x", args: ["/bin/x", "1"] });
    expect(tracker.apply(connect(502))).toBe(first);
    tracker.apply(exit(504, {}, 3));
    expect(told()).toEqual([`exec ${PID}@500 /bin/x`, `exit ${PID}@500 /bin/x 3`]);
  });

  it("keeps its identity when its start time is learned after all, and is not taken for the next one of its pid", () => {
    const { tracker, told } = createScene();
    tracker.apply(exec(500), {});
    expect(tracker.apply(connect(501), { stat: stat(498) })).toMatchObject({ startTime: 500n });
    expect(tracker.apply(connect(502), { stat: stat(498) })).toMatchObject({ startTime: 500n });
    expect(tracker.stats()).toMatchObject({ estimatedStarts: 1, lateStarts: 1 });
    expect(tracker.apply(exec(900, { exe: "/bin/y" }), { stat: stat(899) })).toMatchObject({ startTime: 899n });
    expect(told()).toEqual([`exec ${PID}@500 /bin/x`, `exit ${PID}@500 /bin/x`, `exec ${PID}@899 /bin/y`]);
  });

  it("is not given the start time of a process that got its pid later", () => {
    const { tracker } = createScene();
    expect(tracker.apply(connect(500), { stat: stat(520) })).toMatchObject({ startTime: 500n, path: "/bin/x" });
  });

  it("is another than the one of that pid that ended before it", () => {
    const { tracker, told } = createScene();
    tracker.apply(exec(500), {});
    tracker.apply(exit(500), {});
    // The kernel's clock of records stands still for a while.
    tracker.apply(exec(501, { exe: "/bin/y" }), {});
    tracker.apply(exit(501, { exe: "/bin/y" }), {});
    tracker.apply(exec(501, { exe: "/bin/z" }), { stat: stat(603) });
    expect(new Set(told().map((line) => line.split(" ")[1])).size).toBeGreaterThanOrEqual(2);
    expect(told().slice(0, 4)).toEqual([
      `exec ${PID}@500 /bin/x`,
      `exit ${PID}@500 /bin/x 0`,
      `exec ${PID}@501 /bin/y`,
      `exit ${PID}@501 /bin/y 0`,
    ]);
  });
});

describe("a process that has ended", () => {
  it("is told of once, and is not revived by a record of another thread", () => {
    const { tracker, told, host } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    tracker.apply(exit(510, {}, 1), { stat: stat(499) });
    expect(tracker.apply(connect(511, { comm: "worker" }), { stat: stat(499, { state: "Z" }) })).toMatchObject({
      startTime: 499n,
      path: "/bin/x",
      comm: "x",
    });
    tracker.apply(exit(511, { comm: "worker" }));
    expect(told()).toEqual([`exec ${PID}@499 /bin/x`, `exit ${PID}@499 /bin/x 1`]);
    expect(tracker.find(PID)).toBeUndefined();
    expect(host.processes.isEnded({ pid: PID, startTime: 499n })).toBe(true);
  });

  it("lives on where it was only a thread that ended, to make room for another thread's exec", () => {
    const { tracker, told } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    tracker.apply(exit(510), { stat: stat(499) });
    tracker.apply(exec(511, { exe: "/bin/y" }), { stat: stat(499) });
    expect(tracker.find(PID)).toMatchObject({ startTime: 499n, path: "/bin/y" });
    tracker.apply(exit(520, { exe: "/bin/y" }, 4));
    expect(told().at(-1)).toBe(`exit ${PID}@499 /bin/y 4`);
  });

  it("gives way to the next one of its pid", () => {
    const { tracker, told } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    tracker.apply(exit(510), { stat: stat(499) });
    expect(tracker.apply(connect(600), { stat: stat(580) })).toMatchObject({ startTime: 580n });
    expect(tracker.find(PID)?.startTime).toBe(580n);
    expect(told().length).toBe(2);
  });

  it("has ended, too, where only another process of its pid shows it", () => {
    const { tracker, told } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    tracker.apply(exec(600, { exe: "/bin/y" }), { stat: stat(580) });
    expect(told()).toEqual([`exec ${PID}@499 /bin/x`, `exit ${PID}@499 /bin/x`, `exec ${PID}@580 /bin/y`]);
    expect(tracker.stats()).toMatchObject({ missedExits: 1 });
    // A record that came late.
    expect(tracker.apply(connect(505), { stat: stat(499) })).toMatchObject({ startTime: 499n, path: "/bin/x" });
    expect(tracker.find(PID)?.startTime).toBe(580n);
  });
});

describe("records", () => {
  it("of no possible process are counted, and nothing is told", () => {
    const { tracker, events } = createScene();
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 40]) {
      expect(tracker.apply(exec(500, { pid }))).toBeUndefined();
      expect(tracker.apply(exit(500, { pid }))).toBeUndefined();
      expect(tracker.apply(fork(500, { pid }, PID))).toBeUndefined();
    }
    expect(events).toEqual([]);
    expect(tracker.stats()).toMatchObject({ strayRecords: 15, processes: 0 });
  });

  it("with absurd numbers do no harm", () => {
    const { tracker, host } = createScene();
    const absurd = { ppid: Number.NaN, uid: Number.NaN, gid: Number.POSITIVE_INFINITY };
    const process = tracker.apply(exec(500, absurd), {});
    expect(process).toMatchObject({ pid: PID, ppid: 0 });
    expect(process?.uid).toBeUndefined();
    expect(tracker.apply(connect(501, absurd))).toMatchObject({ pid: PID, ppid: 0 });
    expect(tracker.apply({ ...connect(0, { pid: PID - 1 }), time: -1n }, {})).toMatchObject({ startTime: 0n });
    // A clock far ahead does not make a process of the future.
    expect(tracker.apply({ ...connect(0, { pid: PID - 2 }), time: 2n ** 80n }, {})).toMatchObject({ startTime: 1000n });
    expect(host.processes.size).toBe(3);
  });

  it("of threads do not name the process", () => {
    const { tracker } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    expect(tracker.apply(connect(501, { comm: "DNS lookup" }))?.comm).toBe("x");
    expect(tracker.apply(connect(501, { pid: PID + 1, comm: "DNS lookup" }), {})?.comm).toBe("");
    expect(tracker.apply(connect(501, { pid: PID + 2, exe: "/usr/bin/curl", comm: "curl" }), {})?.comm).toBe("curl");
  });

  it("tell the ids and the parent of now", () => {
    const { tracker, host } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    const ids = { uid: 65_534, euid: 65_534, suid: 65_534, gid: 7, egid: 7, sgid: 7 };
    const seen = tracker.apply(connect(501, { ...ids, ppid: 1 }));
    expect(seen).toMatchObject({ uid: 65_534, gid: 7, user: "nobody", ppid: 1, path: "/bin/x" });
    expect(seen?.tree).toEqual([{ pid: PID, startTime: 499n, comm: "x", path: "/bin/x" }]);
    expect(host.processes.getByPid(PID)).toMatchObject({ uid: 65_534, user: "nobody", ppid: 1 });
    expect(tracker.find(PARENT)).toBeUndefined();
  });
});
