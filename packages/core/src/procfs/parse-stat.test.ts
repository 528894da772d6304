import { describe, expect, it } from "vitest";
import { parseStat } from "./parse-stat.ts";

const TAIL =
  " S 7276 7270 3037 34816 -1 4194304 132 7 3 9 11 12 13 14 20 -5 4 0 157486 2990080 404 18446744073709551615 94887589863424 94887589881353 140724833251824 0 0\n";

describe("parseStat", () => {
  it("reads the fields by their place in the manual page", () => {
    expect(parseStat(Buffer.from(`7287 (sleep)${TAIL}`))).toEqual({
      pid: 7287,
      comm: "sleep",
      state: "S",
      ppid: 7276,
      pgrp: 7270,
      session: 3037,
      ttyNr: 34816,
      flags: 4194304,
      minflt: 132,
      majflt: 3,
      utime: 11,
      stime: 12,
      priority: 20,
      nice: -5,
      numThreads: 4,
      startTime: 157486n,
      vsize: 2990080,
      rss: 404,
      startCode: 94887589863424n,
      startStack: 140724833251824n,
    });
  });

  it.each(["a b", "a) S 1 (b", ")", "((", "x\ny", "", ") R 9 9 9"])("takes the name %j whole", (comm) => {
    const stat = parseStat(Buffer.from(`7287 (${comm})${TAIL}`));
    expect(stat).toMatchObject({ comm, ppid: 7276, startTime: 157486n });
  });

  it("keeps bytes of the name that are not UTF-8", () => {
    const line = Buffer.concat([Buffer.from("1 ("), Buffer.of(0xff), Buffer.from(`)${TAIL}`)]);
    expect(parseStat(line)?.comm).toBe("\udcff");
  });

  it.each(["", "1", "1 (", "1 ()", "() S 1", "1 (a) S x", `x (a)${TAIL}`, "1 (a) S 1 1 1 1 1 1"])(
    "takes %j for no stat",
    (text) => {
      expect(parseStat(Buffer.from(text))).toBeUndefined();
    },
  );
});
