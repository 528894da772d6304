// hear-records.ts SOURCE - starts a source of audit records; prints `ready`, or why it is not to be had; then what programs say with
// `auditctl -m`, until its input ends.

import { findNative } from "../../src/native-access.ts";
import { checkOptions } from "../../src/options.ts";
import type { AuditSink } from "../../src/source/audit-source.ts";
import { chooseSource } from "../../src/source/choose-source.ts";

const sink: AuditSink = {
  record({ body }) {
    const text = /\btext=(\S+)/.exec(body)?.[1];
    if (text !== undefined) console.log(text);
  },
  idle() {},
  lost() {},
  garbage() {},
  down() {},
  up() {},
  fail() {},
};

const options = checkOptions({ source: process.argv[2] as "auto" });
const parts = { native: await findNative(), control: undefined, sink, procfsRoot: "/proc", captureEnv: false };
try {
  const { source } = await chooseSource(options, parts);
  console.log("ready", source.kind);
  await process.stdin.resume().toArray();
  await source.stop();
} catch (error) {
  console.log(String((error as Error).message));
  process.exitCode = 1;
}
