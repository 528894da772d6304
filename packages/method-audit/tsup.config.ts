import { defineConfig } from "tsup";

export default defineConfig({
  // The worker thread has an entry of its own, beside the code that starts it.
  entry: { index: "src/index.ts", "search-worker": "src/lookup/search-worker.ts" },
  format: "esm",
  target: "node20",
  dts: { entry: "src/index.ts" },
  // tsup leaves dependencies and peers outside, but takes optional ones in.
  external: ["@procmon/native"],
  clean: true,
});
