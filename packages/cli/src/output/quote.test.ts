import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { quoteArg, quoteArgs } from "./quote.ts";

it.each([
  ["--flag=/x,y", "--flag=/x,y"],
  ["", "''"],
  ["two words", "'two words'"],
  ["it's", "'it'\\''s'"],
  ['$HOME `x` "y" \\', "'$HOME `x` \"y\" \\'"],
  ["*?[a]~!#&;|<>(){}", "'*?[a]~!#&;|<>(){}'"],
  ["größer", "größer"],
  ["a\nb", "$'a\\nb'"],
])("quotes %j", (arg, quoted) => {
  expect(quoteArg(arg)).toBe(quoted);
});

it("is read back by bash as the very same bytes", () => {
  const args = ["a b", "", "it's", "$(id)", "\\n", "x\ny\tz", "\x1b[0m9", "\x01f", "é🚀", "\u202eabc", "ab\u{e0041}c"];
  const script = `printf '%s\\0' ${quoteArgs(args)}`;
  const output = execFileSync("bash", ["-c", script], { env: { LC_ALL: "C.UTF-8" } });
  expect(output.toString("utf8").split("\0").slice(0, -1)).toEqual(args);
});

it("writes a byte that is not UTF-8 as bash reads it", () => {
  const output = execFileSync("bash", ["-c", `printf %s ${quoteArg("x\udcffy")}`]);
  expect([...output]).toEqual([0x78, 0xff, 0x79]);
});

it("stops at the limit and tells so", () => {
  expect(quoteArgs(["abc", "d".repeat(100_000), "e"], 10)).toBe("abc ddddddd… …");
  expect(quoteArgs(["abc"], 3)).toBe("abc");
  expect(quoteArgs(["abc", "d"], 3)).toBe("abc …");
});
