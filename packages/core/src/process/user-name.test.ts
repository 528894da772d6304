import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parsePasswd, userName } from "./user-name.ts";

it("knows the users of this machine", () => {
  expect(userName(0)).toBe("root");
  expect(userName(process.getuid?.() ?? 0)).toBe(execFileSync("id", ["-un"], { encoding: "utf8" }).trim());
  expect(userName(4_000_000_000)).toBeUndefined();
});

it("takes the first name of an id, and passes over what is no user", () => {
  const text = "root:x:0:0::/:/bin/sh\ntoor:x:0:0\n#a:x:1:1\n:x:2:2\nb:x:-1:0\nc:x::0\nd\nä:x:5:5\n+@nis\n";
  expect([...parsePasswd(Buffer.from(text))]).toEqual([
    [0, "root"],
    [5, "ä"],
  ]);
});

it("never throws on garbage", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void parsePasswd(Buffer.from(bytes))));
});
