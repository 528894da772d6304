import { expect, test } from "vitest";
import { formatListenAddress, type ListenAddress, parseListenAddress } from "./listen-address.ts";

test.each<[string, ListenAddress]>([
  ["unix:///run/procmon/procmon.sock", { kind: "unix", path: "/run/procmon/procmon.sock" }],
  ["unix:///a b/ü", { kind: "unix", path: "/a b/ü" }],
  ["tcp://127.0.0.1:0", { kind: "tcp", host: "127.0.0.1", port: 0 }],
  ["tcp://[::1]:65535", { kind: "tcp", host: "::1", port: 65_535 }],
  ["tcp://monitor.example:50051", { kind: "tcp", host: "monitor.example", port: 50_051 }],
])("%s", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
  expect(formatListenAddress(address)).toBe(text);
});

test.each([
  "",
  "unix://",
  "unix://relative/path",
  "unix:///folder/",
  "unix:///nul\0byte",
  `unix:///${"x".repeat(107)}`,
  "unix:/one/slash",
  "/run/procmon.sock",
  "127.0.0.1:80",
  "http://127.0.0.1:80",
  "tcp://127.0.0.1",
  "tcp://127.0.0.1:65536",
  "tcp://127.0.0.1:-1",
  "tcp://127.0.0.1:1e3",
  "tcp://:80",
  "tcp://::1:80",
  "tcp://[::1:80",
  "tcp://[localhost]:80",
  "tcp://user@host/path:80",
  undefined,
  7,
])("%j is no address", (text) => {
  expect(() => parseListenAddress(text as string)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
