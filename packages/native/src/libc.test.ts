import { expect, it } from "vitest";
import { currentLibc, libcAmong } from "./libc.ts";

const line = (path: string): string =>
  `7f3c0a000000-7f3c0a028000 r--p 00000000 fe:00 1835                      ${path}\n`;

it.each([
  ["/usr/lib/x86_64-linux-gnu/libc.so.6", "glibc"],
  ["/lib/aarch64-linux-gnu/libc-2.31.so", "glibc"],
  ["/lib/ld-musl-x86_64.so.1", "musl"],
  ["/lib/aarch64-linux-musl/libc.so", "musl"],
  ["/lib/libc.musl-x86_64.so.1", "musl"],
  ["/home/ann/libc.so.old", undefined],
  ["", undefined],
])("%s is of %s", (path, libc) => {
  expect(libcAmong(line("/usr/bin/node") + line(path) + line("[stack]"))).toBe(libc);
});

it("is found for this process", () => {
  const { header } = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } };
  expect(currentLibc()).toBe(header.glibcVersionRuntime === undefined ? "musl" : "glibc");
});
