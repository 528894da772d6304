import { defineConfig } from "tsup";

/** Leaves out the bundler's notes of which source comes next, which readers have no use for, and indents by tabs: it has to be small. */
const compact = {
  name: "compact",
  renderChunk: (code: string): { code: string } => ({
    code: code.replace(/^\/\/ src\/.*\n/gm, "").replace(/^ {2,}/gm, (spaces) => "\t".repeat(spaces.length / 2)),
  }),
};

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "node20",
  dts: true,
  clean: true,
  plugins: [compact],
  // Shorter statements, with all names as they are.
  esbuildOptions(options) {
    options.minifySyntax = true;
  },
});
