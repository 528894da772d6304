import { expect, it } from "vitest";
import { parseEndpoint, parseSocketQuery } from "./socket-query.ts";

it.each([
  [":443", { port: 443 }],
  ["443", { port: 443 }],
  ["*:443", { port: 443 }],
  ["10.0.0.1:55000", { ip: "10.0.0.1", port: 55_000 }],
  ["[::1]:80", { ip: "::1", port: 80 }],
  ["[2001:DB8:0:0::1]:80", { ip: "2001:db8::1", port: 80 }],
  ["[::ffff:1.2.3.4]:1", { ip: "::ffff:1.2.3.4", port: 1 }],
  ["0.0.0.0:*", { ip: "0.0.0.0", port: 0 }],
])("reads the end %s", (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint);
});

it.each(["", ":", ":65536", ":-1", "1.2.3:80", "256.1.1.1:80", "::1:80", "[::1]", "[:::1]:80", "host:80", "99999"])(
  "refuses the end %j",
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: "INVALID_CONNECTION" }));
  },
);

it("reads the three kinds of questions", () => {
  expect(parseSocketQuery(["inode", "123"])).toEqual({ kind: "inode", inode: 123 });
  expect(parseSocketQuery(["tcp", ":443"])).toEqual({ kind: "endpoint", protocol: "tcp", local: { port: 443 } });
  expect(parseSocketQuery(["tcp", "10.0.0.1:55000", "1.1.1.1:443"])).toEqual({
    kind: "connection",
    protocol: "tcp",
    local: { ip: "10.0.0.1", port: 55_000 },
    peer: { ip: "1.1.1.1", port: 443 },
  });
  expect(parseSocketQuery([":1", ":2"])).toEqual({ kind: "connection", local: { port: 1 }, peer: { port: 2 } });
});

it.each([
  [["frob", ":1"]],
  [["tcp"]],
  [["tcp", ":1", ":2", ":3"]],
  [["inode"]],
  [["inode", "x"]],
  [["inode", "1", "2"]],
])("refuses %j", (words) => {
  expect(() => parseSocketQuery(words)).toThrow(expect.objectContaining({ code: "INVALID_CONNECTION" }));
});
