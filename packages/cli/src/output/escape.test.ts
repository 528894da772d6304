import fc from "fast-check";
import { expect, it } from "vitest";
import { escapeAnsiC, escapeText, isUnsafe } from "./escape.ts";

it("leaves printable text as it is", () => {
  for (const text of ["", "/usr/bin/node", "C:\\x", "Grüße", "日本語", "🚀"]) expect(escapeText(text)).toBe(text);
});

it.each([
  ["a\x1b[31mb", "a\\x1b[31mb"],
  ["a\nb\tc\0", "a\\x0ab\\x09c\\x00"],
  ["\x7f", "\\x7f"],
  ["\x9b31m", "\\u{9b}31m"],
  ["safe\u202egpj.exe", "safe\\u{202e}gpj.exe"],
  ["\u2066x\u2069", "\\u{2066}x\\u{2069}"],
  ["in\u200bvisible", "in\\u{200b}visible"],
  ["line\u2028end", "line\\u{2028}end"],
  ["tag\u{e0041}", "tag\\u{e0041}"],
  ["byte\udcff", "byte\\xff"],
  ["lone\ud800", "lone\\u{d800}"],
])("shows %j", (hostile, shown) => {
  expect(escapeText(hostile)).toBe(shown);
});

it("never lets a control, format character or lone surrogate through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = escapeText(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(escapeText(shown)).toBe(shown);
      expect(isUnsafe(text)).toBe(shown !== text);
    }),
  );
});

it("writes the inside of $'…'", () => {
  expect(escapeAnsiC("it's\\ a\nb\x1b\x01\udcfe\u202e\u{e0041}")).toBe(
    "it\\'s\\\\ a\\nb\\e\\x01\\xfe\\u202e\\U000e0041",
  );
});
