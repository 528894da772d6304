import { defineConfig } from "tsup";

/** Leaves out the bundler's notes of which source comes next: readers have no use for them. */
const withoutNotes = {
  name: "without-notes",
  renderChunk: (code: string): { code: string } => ({ code: code.replace(/^\/\/ src\/.*\n/gm, "") }),
};

export default defineConfig({
  entry: ["src/index.ts"],
  format: "esm",
  target: "node20",
  dts: true,
  clean: true,
  plugins: [withoutNotes],
  // Shorter statements, with all names as they are.
  esbuildOptions(options) {
    options.minifySyntax = true;
  },
});
