import { ProcmonError } from "@procmon/core";
import { expect, test } from "vitest";
import { checkOptions } from "./options.ts";
import { DEFAULT_ACTIVITIES } from "./rules/activities.ts";

test("has a default for everything, and turns nothing on", () => {
  expect(checkOptions()).toEqual({
    source: "auto",
    pluginSocket: "/var/run/audispd_events",
    activities: DEFAULT_ACTIVITIES,
    enable: false,
    backlogLimit: undefined,
    receiveBufferBytes: 67_108_864,
    intervalMs: 25,
  });
});

test.each([
  { source: "syslog" },
  { pluginSocket: "events" },
  { pluginSocket: "/tmp/a\0b" },
  { activities: ["exec", "read"] },
  { activities: "exec" },
  { enable: 1 },
  { backlogLimit: 10 },
  { backlogLimit: 2_000_000 },
  { receiveBufferBytes: 1.5 },
  { intervalMs: 0 },
])("refuses %o, and says what would do", (options) => {
  try {
    checkOptions(options as never);
  } catch (error) {
    if (!ProcmonError.isInstance(error)) throw error;
    expect(error.code).toBe("INVALID_OPTION");
    expect(error.message).toContain(Object.keys(options)[0]);
    expect(error.remedy).toMatch(/^(Give|Use) /);
    return;
  }
  expect.unreachable();
});
