import { defineConfig } from "vitest/config";

// Packages import each other's sources, so that a test never runs against a stale build.
const conditions = ["@procmon/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages,examples,tests,scripts}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 20_000,
    pool: "forks",
    execArgv: ["--conditions=@procmon/source"],
  },
});
