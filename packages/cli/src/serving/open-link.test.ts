import type { Logger } from "@procmon/core";
import { expect, it } from "vitest";
import { linkOptions } from "./open-link.ts";

it("sends no environment to the UI, which does not ask for it", () => {
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  expect(linkOptions({ env: true }, log)).toBeUndefined();
  const settings = linkOptions({ env: true, opensnitchUi: "unix:///tmp/osui.sock" }, log);
  expect(settings).toEqual({ address: "unix:///tmp/osui.sock", env: false, log });
});

it("shows those events as alerts that were asked for", () => {
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  expect(linkOptions({ opensnitchUi: "unix:@ui", opensnitchAlerts: ["exec"] }, log)).toMatchObject({
    alerts: ["exec"],
  });
});
