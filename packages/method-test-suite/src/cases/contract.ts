import assert from "node:assert/strict";
import { EVENT_TYPES, METHOD_SPEC_VERSION, type MonitorMethod, PROTOCOLS, probeReport } from "@procmon/core";
import { expectNothingNew, heldResources } from "../host/held-resources.ts";
import type { TestCase } from "../test-case.ts";

/** The shape of the object, its manifest and its probe. */
export function contractCases(createMethod: () => MonitorMethod): TestCase[] {
  return [
    { name: "is an object of the contract's shape", run: async () => checkShape(createMethod()) },
    { name: "has an honest-looking manifest", run: async () => checkCapabilities(createMethod()) },
    { name: "the factory takes no resource", run: () => factoryTakesNothing(createMethod) },
    { name: "probe tells check by check, and changes nothing", run: () => probeIsHarmless(createMethod()) },
  ];
}

function checkShape(method: MonitorMethod): void {
  assert.equal(method.specVersion, METHOD_SPEC_VERSION);
  assert.match(method.name, /^[a-z][a-z0-9-]*$/);
  for (const member of ["probe", "start", "stop", "findOwner"] as const)
    assert.equal(typeof method[member], "function");
  for (const member of ["snapshot", "traffic", "visibility", "stats"] as const)
    assert.ok(["function", "undefined"].includes(typeof method[member]), `${member} is not a function`);
}

function checkCapabilities({ capabilities }: MonitorMethod): void {
  for (const [type, coverage] of Object.entries(capabilities.events)) {
    assert.ok((EVENT_TYPES as readonly string[]).includes(type) && type !== "lost" && type !== "method", type);
    assert.ok(["complete", "polled"].includes(coverage), `${type}: ${coverage}`);
  }
  assert.ok(capabilities.protocols.length > 0, "finds owners of no protocol");
  for (const protocol of capabilities.protocols) assert.ok(PROTOCOLS.includes(protocol), protocol);
  assert.equal(new Set(capabilities.protocols).size, capabilities.protocols.length);
  assert.equal(typeof capabilities.execSafe, "boolean");
  assert.ok(["all", "own"].includes(capabilities.networkNamespaces));
  for (const sentence of capabilities.blindSpots) assert.equal(typeof sentence, "string");
}

async function factoryTakesNothing(createMethod: () => MonitorMethod): Promise<void> {
  createMethod();
  const before = heldResources();
  for (let i = 0; i < 5; i++) createMethod();
  await expectNothingNew(before);
}

async function probeIsHarmless(method: MonitorMethod): Promise<void> {
  await method.probe();
  const before = heldResources();
  const report = await method.probe();
  await expectNothingNew(before);
  for (const check of report.checks) {
    assert.match(check.name, /^[a-z0-9-]+$/);
    assert.ok(["available", "unavailable", "unknown"].includes(check.result), check.result);
    assert.equal(typeof check.required, "boolean");
    assert.ok(check.detail.length > 0, `${check.name} says nothing`);
  }
  assert.equal(report.result, probeReport(report.checks).result, "the result does not follow from the checks");
  assert.equal(report.result, "available", "the suite needs a machine where the method can run");
}
