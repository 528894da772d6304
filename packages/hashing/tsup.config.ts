import { defineConfig } from "tsup";

export default defineConfig({
  // The worker thread has an entry of its own, beside the code that starts it.
  entry: { index: "src/index.ts", "hash-thread": "src/threads/hash-thread.ts" },
  format: "esm",
  target: "node20",
  dts: { entry: "src/index.ts" },
  // tsup leaves dependencies and peers outside, but takes optional ones in.
  external: ["@procmon/native", "@napi-rs/blake-hash"],
  clean: true,
});
