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

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    exclude: ["**/node_modules/**", "**/dist/**"],
    // A machine that has just been set up reads everything from a cold disk.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Our worker threads run from source here, so Node strips their types with WebAssembly in several threads at once.
    // V8 13.6 (Node 24) now and then aborts there with "Check failed: jit_page.has_value()", in
    // Runtime_TierUpWasmToJSWrapper: with this budget the wrappers never tier up. What is published is JavaScript.
    execArgv: ["--conditions=@procmon/source", "--wasm-wrapper-tiering-budget=1000000000"],
    projects: [
      { extends: true, test: { name: "all", include: ["{packages,examples,tests,scripts}/**/*.test.ts"] } },
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
    ],
  },
});
