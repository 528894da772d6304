import { procMethod } from "@procmon/method-proc";
import { runMethodTests } from "@procmon/method-test-suite";
import { describe, it } from "vitest";

describe("as it is", () => runMethodTests({ describe, it, createMethod: () => procMethod() }));

describe("with polling alone", () => {
  runMethodTests({ describe, it, createMethod: () => procMethod({ processEvents: "poll" }) });
});

// Elsewhere the kernel may not tell of processes.
describe.skipIf(process.getuid?.() !== 0)("with processes told by the kernel", () => {
  runMethodTests({ describe, it, createMethod: () => procMethod({ processEvents: "connector" }) });
});
