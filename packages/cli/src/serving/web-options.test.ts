import { expect, it } from "vitest";
import { webOptions } from "./web-options.ts";

it("takes origins only together with an address", () => {
  const web = "tcp://127.0.0.1:7080";
  expect(webOptions({})).toBeUndefined();
  expect(webOptions({ web })).toEqual({ listen: web, allowOrigins: [] });
  expect(webOptions({ web, allowOrigin: ["http://a"] })).toEqual({ listen: web, allowOrigins: ["http://a"] });
  expect(() => webOptions({ allowOrigin: ["http://a"] })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
