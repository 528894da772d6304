import { expect, test } from "vitest";
import { capabilitiesOf } from "./capabilities.ts";
import { ACTIVITIES, DEFAULT_ACTIVITIES } from "./rules/activities.ts";

test("promises no event that no rule records", () => {
  expect(capabilitiesOf({ activities: ["exec", "connect"] }).events).toEqual({
    exec: "complete",
    connect: "complete",
    exit: "polled",
    flow: "polled",
  });
  expect(capabilitiesOf({ activities: ["connect"] }).execSafe).toBe(false);
  expect(capabilitiesOf({ activities: ACTIVITIES }).events.flow).toBe("complete");
});

test("says what is not seen without a rule", () => {
  const said = (activities: typeof DEFAULT_ACTIVITIES) => capabilitiesOf({ activities }).blindSpots.join("\n");
  expect(said(ACTIVITIES)).not.toMatch(/are not told\.$/m);
  expect(said(DEFAULT_ACTIVITIES)).toMatch(/^Datagrams of unconnected sockets are not told\.$/m);
  expect(said(["exec"])).toMatch(/^Connects are not told\.$/m);
  expect(said(ACTIVITIES)).toMatch(/io_uring/);
});

test("promises nothing of what rules of others record, and names those that hide", () => {
  const { events, blindSpots } = capabilitiesOf({ activities: [], hidden: ["Something is hidden."] });
  expect(new Set(Object.values(events))).toEqual(new Set(["polled"]));
  expect(blindSpots[0]).toBe("Something is hidden.");
  expect(blindSpots[1]).toMatch(/^Only what the audit rules of this machine record/);
});
