import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    client: "src/client/index.ts",
    messages: "src/messages.ts",
    "opensnitch-link": "src/opensnitch-link/index.ts",
    server: "src/server/index.ts",
  },
  format: "esm",
  target: "node20",
  dts: true,
  splitting: true,
  clean: true,
});
