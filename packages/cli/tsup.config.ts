import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts"],
  format: "esm",
  target: "node20",
  splitting: true,
  // tsup leaves dependencies outside, but takes optional ones in.
  external: ["@procmon/hashing", "@procmon/method-audit", "@procmon/method-ebpf", "@procmon/serialize-grpc"],
  clean: true,
});
