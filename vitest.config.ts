import { defineConfig } from "vitest/config";

// Packages import each other's sources, so that a test never runs against a stale build.
const conditions = ["@procmon/source", "node", "import", "default"];

/** Tests of behaviour across packages that ask for no particular method. */
const FOR_EVERY_METHOD = [
  "addresses",
  "agreement",
  "executables",
  "namespaces",
  "odd-processes",
  "raw-sockets",
  "shared-sockets",
  "stale-answers",
];

const NO_TESTS = ["**/node_modules/**", "**/dist/**"];

const OF_AUDIT = ["packages/method-audit/**/*.test.ts", "tests/end-to-end/audit-*.test.ts"];

/** Apart from all others, one file after the other: the machine has one audit system, and its rules slow down everything that runs. */
const ALONE = { maxWorkers: 1, sequence: { groupOrder: 1 } };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    exclude: NO_TESTS,
    // A machine that has just been set up reads everything from a cold disk.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Our worker threads run from source here, so Node strips their types with WebAssembly in several threads at once.
    // V8 13.6 (Node 24) now and then aborts there with "Check failed: jit_page.has_value()", in
    // Runtime_TierUpWasmToJSWrapper: with this budget the wrappers never tier up. What is published is JavaScript.
    execArgv: ["--conditions=@procmon/source", "--wasm-wrapper-tiering-budget=1000000000"],
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: ["{packages,examples,tests,scripts}/**/*.test.ts"],
          exclude: [...NO_TESTS, ...OF_AUDIT],
        },
      },
      {
        // What holds for every method, once more with this one.
        extends: true,
        test: {
          name: "ebpf",
          include: [`tests/end-to-end/{${FOR_EVERY_METHOD.join(",")}}.test.ts`],
          setupFiles: ["tests/end-to-end/support/needs-ebpf.ts"],
          env: { PROCMON_TEST_METHOD: "ebpf" },
        },
      },
      {
        extends: true,
        test: { name: "audit", include: OF_AUDIT, exclude: NO_TESTS, ...ALONE },
      },
      {
        extends: true,
        test: {
          name: "audit-methods",
          include: [`tests/end-to-end/{${FOR_EVERY_METHOD.join(",")}}.test.ts`],
          setupFiles: ["tests/end-to-end/support/needs-audit.ts"],
          env: { PROCMON_TEST_METHOD: "audit" },
          ...ALONE,
        },
      },
    ],
  },
});
