import { defineConfig } from "vitest/config";

// Packages import each other's sources, so that a test never runs against a stale build.
const conditions = ["@procmon/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages,examples,tests,scripts}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // A machine that has just been set up reads everything from a cold disk.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Our worker threads run from source here, so Node strips their types with WebAssembly in several threads at once.
    // V8 13.6 (Node 24) now and then aborts there with "Check failed: jit_page.has_value()", in
    // Runtime_TierUpWasmToJSWrapper: with this budget the wrappers never tier up. What is published is JavaScript.
    execArgv: ["--conditions=@procmon/source", "--wasm-wrapper-tiering-budget=1000000000"],
  },
});
