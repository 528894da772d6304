import { expect, test } from "vitest";
import { bindAddress, checkTcp, isLoopback } from "./listen-rules.ts";

const tls = { cert: "", key: "", ca: "" };
const refused = expect.objectContaining({ code: "INVALID_OPTION", remedy: expect.any(String) });

test("with mutual TLS any address will do", () => {
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "monitor.example"]) {
    expect(() => checkTcp({ host, port: 1, tls })).not.toThrow();
  }
});

test("without TLS no address will do, unless the user says so", () => {
  expect(() => checkTcp({ host: "127.0.0.1", port: 1 })).toThrow(refused);
  expect(() => checkTcp({ host: "127.0.0.1", port: 1, insecure: true })).not.toThrow();
});

test.each(["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost", "LOCALHOST"])(
  "%s is this machine alone",
  (host) => {
    expect(() => checkTcp({ host, port: 0, insecure: true })).not.toThrow();
  },
);

test.each([
  "0.0.0.0",
  "::",
  "10.0.0.1",
  "::ffff:10.0.0.1",
  "128.0.0.1",
  "127.0.0.1.example",
  "localhost.example",
  "127.1",
  "",
])("%s may be more than this machine", (host) => {
  expect(() => checkTcp({ host, port: 0, insecure: true })).toThrow(refused);
  expect(isLoopback(host)).toBe(false);
});

test.each([-1, 65_536, 1.5, Number.NaN])("%d is no port", (port) => {
  expect(() => checkTcp({ host: "::1", port, tls })).toThrow(refused);
});

test("localhost is bound by what it stands for", async () => {
  expect(isLoopback(await bindAddress({ host: "localhost", port: 0, insecure: true }))).toBe(true);
  expect(await bindAddress({ host: "::1", port: 0 })).toBe("::1");
});

test("a host that nobody knows is told of", async () => {
  await expect(bindAddress({ host: "no-such-host.invalid", port: 0, tls })).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
  });
});
