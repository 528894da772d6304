import { ebpfMethod } from "@procmon/method-ebpf";
import { procMethod } from "@procmon/method-proc";
import { runMethodTests } from "@procmon/method-test-suite";
import { requirement } from "@procmon-internal/fixtures";
import { describe, it } from "vitest";

/** What the method can do without. */
const OPTIONAL = [
  "connect",
  "process-list",
  "traffic-list",
  "accept",
  "connect-result",
  "payload",
  "raw-destinations",
  "packet-sockets",
] as const;

describe("as it is", () => runMethodTests({ describe, it, createMethod: () => procMethod() }));

describe("with polling alone", () => {
  runMethodTests({ describe, it, createMethod: () => procMethod({ processEvents: "poll" }) });
});

// Elsewhere the kernel may not tell of processes.
describe.skipIf(process.getuid?.() !== 0)("with processes told by the kernel", () => {
  runMethodTests({ describe, it, createMethod: () => procMethod({ processEvents: "connector" }) });
});

describe.skipIf(requirement("ebpf") !== undefined)("in the kernel", () => {
  describe("watching", () => runMethodTests({ describe, it, createMethod: () => ebpfMethod() }));
  describe("asked only", () => runMethodTests({ describe, it, createMethod: () => ebpfMethod({ events: false }) }));
  describe("without all that older kernels lack", () => {
    runMethodTests({ describe, it, createMethod: () => ebpfMethod({ withoutHooks: OPTIONAL }) });
  });
});
