import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCgroup } from "./parse-cgroup.ts";
import { parseCmdline } from "./parse-cmdline.ts";
import { parseCredentials } from "./parse-credentials.ts";
import { parseEnviron } from "./parse-environ.ts";
import { parseFdinfo } from "./parse-fdinfo.ts";
import { parseIo } from "./parse-io.ts";
import { parseMaps } from "./parse-maps.ts";
import { parseMountinfo } from "./parse-mountinfo.ts";
import { parseNetDev } from "./parse-net-dev.ts";
import { parseStat } from "./parse-stat.ts";
import { parseStatm } from "./parse-statm.ts";
import { parseStatus } from "./parse-status.ts";
import { parseStack } from "./read-stack.ts";

const PARSERS: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  parseCgroup,
  parseCmdline,
  parseCredentials,
  parseEnviron,
  parseFdinfo,
  parseIo,
  parseMaps,
  parseMountinfo,
  parseNetDev,
  parseStack,
  parseStat,
  parseStatm,
  parseStatus,
};

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom("Uid:\t", "Tgid:\t1\n", "1 (a)", " S ", "\n", " ", ":", "0::/", "-", "ffff-fff0 ", "\0", "=", "\\040")
    .map((text) => Buffer.from(text)),
);

describe.each(Object.entries(PARSERS))("%s", (_, parse) => {
  it("never throws on garbage", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        parse(Buffer.concat(pieces));
      }),
      { numRuns: 300 },
    );
  });

  it.each([" ", "\n", "0", ":", "(", ")", "a=", "1-2 ", "Vm", "\\"])("stays linear on a megabyte of %j", (text) => {
    const began = performance.now();
    parse(Buffer.alloc(1 << 20, text));
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
