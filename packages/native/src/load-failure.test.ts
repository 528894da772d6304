import { expect, it } from "vitest";
import { noSuchFile, noSuchPlatform, notLoaded } from "./load-failure.ts";

// What glibc, musl and Node.js say.
it.each([
  ["/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /a/procmon.node)", "C library"],
  ["/a/procmon.node: undefined symbol: napi_type_tag_object", "update Node.js"],
  ["Error relocating /a/procmon.node: napi_type_tag_object: symbol not found", "update Node.js"],
  [
    "procmon.node requires Node-API version 9, but this version of Node.js only supports version 8 add-ons.",
    "update Node.js",
  ],
  ["/a/procmon.node: failed to map segment from shared object: Operation not permitted", "noexec"],
  ["/a/procmon.node: file too short", "Install the package again"],
])("%s", (said, remedy) => {
  const failure = notLoaded("linux-x64-glibc", said);
  expect(failure.reason).toBe(`The binary of @procmon/native for linux-x64-glibc could not be loaded: ${said}.`);
  expect(failure.remedy).toContain(remedy);
});

it("names the platform, or the file", () => {
  expect(noSuchPlatform("linux-riscv64").reason).toContain("linux-riscv64");
  expect(noSuchFile("/a/procmon.node").reason).toContain("/a/procmon.node");
});
