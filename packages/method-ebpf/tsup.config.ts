import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts" },
  format: "esm",
  target: "node20",
  dts: { entry: "src/index.ts" },
  clean: ["dist/*.js", "dist/*.d.ts"],
});
