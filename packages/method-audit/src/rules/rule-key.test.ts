import fc from "fast-check";
import { expect, it } from "vitest";
import { markerKey, parseKey, type RaisedValues, ruleKey } from "./rule-key.ts";

const MONITOR = { pid: 4711, startTime: 2_358_046n, number: 1 };
const RAISED: RaisedValues = {
  enabled: { before: 0, since: 1 },
  backlogLimit: { before: 64, since: 8192 },
  daemon: 12,
};

it("names the monitor", () => {
  expect(ruleKey(MONITOR)).toBe("procmon-4711-2358046");
  expect(ruleKey({ ...MONITOR, number: 2 })).toBe("procmon-4711-2358046.2");
  expect(parseKey("procmon-4711-2358046")).toEqual({ monitor: MONITOR });
  expect(parseKey("procmon-4711-2358046.2")).toEqual({ monitor: { ...MONITOR, number: 2 } });
});

it("remembers what was raised", () => {
  const text = markerKey(MONITOR, RAISED);
  expect(text).toBe("procmon-4711-2358046;enabled=0:1;backlog_limit=64:8192;daemon=12");
  expect(parseKey(text)).toEqual({ monitor: MONITOR, raised: RAISED });
  expect(parseKey(markerKey(MONITOR, { daemon: 0 }))).toEqual({ monitor: MONITOR, raised: { daemon: 0 } });
});

it("fits where the numbers are the highest, with what the kernel allows", () => {
  const most = { before: 4_294_967_295, since: 4_294_967_295 };
  const monitor = { pid: 4_194_304, startTime: 2n ** 63n - 1n, number: 1000 };
  const raised = { enabled: most, backlogLimit: most, daemon: 4_194_304 };
  expect(markerKey(monitor, raised).length).toBeLessThan(256);
  expect(parseKey(markerKey(monitor, raised))).toEqual({ monitor, raised });
});

it.each([
  "",
  "procmon",
  "procmon-1",
  "procmon-0-1",
  "procmon-01-1",
  "procmon-1-1.0",
  "procmon-1-1;",
  "procmon-1-1;enabled",
  "procmon-1-1;enabled=0:1;;daemon=0",
  "procmon-1-1;enabled=a",
  " procmon-1-1",
  "procmon-1-1\u0001other",
  "procmon-99999999999-1",
])("is none of ours: %j", (key) => {
  expect(parseKey(key)).toBeUndefined();
});

it("never throws", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      parseKey(text);
      parseKey(`procmon-1-2;${text}`);
      expect(parseKey(`procmon-1-2 ${text}`)).toBeUndefined();
    }),
  );
});
