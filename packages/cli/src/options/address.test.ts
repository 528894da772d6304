import { resolve } from "node:path";
import { expect, it } from "vitest";
import { parseAddress, parseTcpAddress } from "./address.ts";

it.each([
  ["unix:///run/a.sock", "unix:///run/a.sock"],
  ["/run/a.sock", "unix:///run/a.sock"],
  ["./a.sock", `unix://${resolve("a.sock")}`],
  ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"],
  ["tcp://[::1]:7443", "tcp://[::1]:7443"],
  ["tcp://localhost:7443", "tcp://localhost:7443"],
])("%s is an address", (text, address) => {
  expect(parseAddress(text)).toBe(address);
});

it.each([
  "",
  "unix://a.sock",
  "unix:/run/a.sock",
  "http://a:1",
  "a.sock",
  "127.0.0.1:80",
  "tcp://127.0.0.1",
  "tcp://1.1.1.1:65536",
])("%j is no address", (text) => {
  expect(() => parseAddress(text)).toThrow(/An address is/);
});

it("takes a host and a port as they are", () => {
  expect(parseTcpAddress("127.0.0.1:7080")).toBe("tcp://127.0.0.1:7080");
  expect(() => parseTcpAddress("7080")).toThrow(/HOST:PORT/);
  expect(() => parseTcpAddress("a b:1")).toThrow(/HOST:PORT/);
});
