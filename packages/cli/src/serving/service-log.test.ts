import { expect, it } from "vitest";
import { serviceLog } from "./service-log.ts";

it("tells what happened, and why", () => {
  const said: unknown[] = [];
  const log = serviceLog({ say: (sentence, tone) => void said.push([sentence, tone]) });
  log.error("A call failed.", { method: "/procmon.v1.Procmon/Stats", error: new TypeError("x is\n no y") });
  log.warn("One could not be accepted: EMFILE", { error: new Error("EMFILE") });
  log.warn("The UI did not take an alert.", { cause: "it is busy" });
  log.info("connected");
  log.debug("quiet", { cause: "quiet" });
  expect(said).toEqual([
    ["A call failed. x is no y", "error"],
    ["One could not be accepted: EMFILE", "warning"],
    ["The UI did not take an alert. it is busy", "warning"],
    ["connected", undefined],
  ]);
});
