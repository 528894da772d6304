import { expect, it } from "vitest";
import { parseServiceNames } from "./service-names.ts";

it("reads a services file; the first name of a port counts", () => {
  const names = parseServiceNames("# note\nhttps\t443/tcp\nhttp2 443/tcp\ndomain 53/udp # dns\n\nbroken\nx y/tcp\n");
  expect([...names]).toEqual([
    ["443/tcp", "https"],
    ["53/udp", "domain"],
  ]);
});
