import { auditMethod } from "@procmon/method-audit";
import { runMethodTests } from "@procmon/method-test-suite";
import { requirement } from "@procmon-internal/fixtures";
import { describe, it } from "vitest";

// Without rules of its own it tells what rules of others record: that is no promise that a suite could hold it to.
describe.skipIf(requirement("audit") !== undefined)("from audit records", () => {
  runMethodTests({ describe, it, createMethod: () => auditMethod({ enable: true }) });
});
