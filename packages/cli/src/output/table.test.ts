import { expect, it } from "vitest";
import { createStreamTable } from "./stream-table.ts";
import { formatTable } from "./table.ts";
import { cutText, textWidth } from "./text-width.ts";

const COLUMNS = [{ title: "Name" }, { title: "Pid", align: "right" as const }, { title: "Path" }];

it("aligns columns and never pads the last", () => {
  const text = formatTable(COLUMNS, [
    ["sshd", "1", "/usr/sbin/sshd"],
    ["a longer name", "31337", ""],
  ]);
  expect(text).toBe(
    ["Name             Pid  Path", "sshd               1  /usr/sbin/sshd", "a longer name  31337", ""].join("\n"),
  );
});

it("counts wide characters as two columns and marks as none", () => {
  expect(textWidth("日本")).toBe(4);
  expect(textWidth("e\u0301")).toBe(1);
  expect(textWidth("🚀")).toBe(2);
  const [, first, second] = formatTable(COLUMNS, [
    ["日本", "1", "/x"],
    ["abcd", "1", "/y"],
  ]).split("\n");
  expect(first?.indexOf("/x")).toBe((second?.indexOf("/y") ?? 0) - 2);
});

it("leaves out the header when told", () => {
  expect(formatTable(COLUMNS, [["a", "1", "b"]], { header: false })).toBe("a  1  b\n");
  expect(formatTable(COLUMNS, [], { header: false })).toBe("");
});

it("cuts lines to the terminal", () => {
  const lines = formatTable(COLUMNS, [["a", "1", "x".repeat(100)]], { width: 20 }).split("\n");
  expect(lines[1]).toBe("a       1  xxxxxxxx…");
  expect(cutText("日本語", 5)).toBe("日本…");
});

it("paints without disturbing the alignment", () => {
  const columns = [{ title: "A", paint: (text: string) => `<${text}>` }, { title: "B" }];
  expect(formatTable(columns, [["x", "y"]], { header: false })).toBe("<x>  y\n");
});

it("formats 10,000 rows, a line each", () => {
  const columns = Array.from({ length: 8 }, (_, index) => ({ title: `Column ${index}` }));
  const rows = Array.from({ length: 10_000 }, (_, row) => columns.map((_, column) => `cell ${row} ${column}`));
  const text = formatTable(columns, rows);
  expect(text.length).toBeGreaterThan(800_000);
  expect(text.split("\n")).toHaveLength(10_002);
});

it("keeps the columns of a stream aligned, and widens them for what does not fit", () => {
  const table = createStreamTable([
    { title: "A", width: 4 },
    { title: "B", width: 2, maxWidth: 5 },
    { title: "C", width: 1 },
  ]);
  expect(table.header()).toBe("A     B   C\n");
  expect(table.row(["x", "y", "z"])).toBe("x     y   z\n");
  expect(table.row(["longer", "y", "z"])).toBe("longer  y   z\n");
  expect(table.row(["x", "far too long", "z"])).toBe("x       far too long  z\n");
  expect(table.row(["x", "y", "z"])).toBe("x       y      z\n");
});
