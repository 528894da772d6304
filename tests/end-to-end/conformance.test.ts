import { procMethod } from "@procmon/method-proc";
import { runMethodTests } from "@procmon/method-test-suite";
import { describe, it } from "vitest";

runMethodTests({ describe, it, createMethod: () => procMethod() });
