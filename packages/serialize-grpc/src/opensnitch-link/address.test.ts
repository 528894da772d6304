import { ProcmonError } from "@procmon/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseUiAddress } from "./address.ts";

test.for([
  ["unix:///tmp/osui.sock", { target: "unix:/tmp/osui.sock", host: "localhost", isLocal: true }],
  ["unix:/tmp/osui.sock", { target: "unix:/tmp/osui.sock", host: "localhost", isLocal: true }],
  ["unix:@osui", { target: "unix:\0osui", host: "localhost", isLocal: true }],
  ["unix-abstract:osui", { target: "unix:\0osui", host: "localhost", isLocal: true }],
  ["127.0.0.1:50051", { target: "dns:127.0.0.1:50051", host: "127.0.0.1", isLocal: true }],
  ["tcp://127.8.8.8:1", { target: "dns:127.8.8.8:1", host: "127.8.8.8", isLocal: true }],
  ["localhost:50051", { target: "dns:localhost:50051", host: "localhost", isLocal: true }],
  ["[::1]:65535", { target: "dns:[::1]:65535", host: "::1", isLocal: true }],
  ["192.0.2.1:50051", { target: "dns:192.0.2.1:50051", host: "192.0.2.1", isLocal: false }],
  ["[2001:db8::1]:50051", { target: "dns:[2001:db8::1]:50051", host: "2001:db8::1", isLocal: false }],
  ["ui.example.org:50051", { target: "dns:ui.example.org:50051", host: "ui.example.org", isLocal: false }],
  ["localhost.example.org:1", { target: "dns:localhost.example.org:1", host: "localhost.example.org", isLocal: false }],
] as const)("%s", ([address, expected]) => {
  expect(parseUiAddress(address)).toEqual(expected);
});

test.for([
  "",
  "unix:",
  "unix://",
  "unix://relative",
  `unix:///${"a".repeat(107)}`,
  "unix:///a\0b",
  "unix:@",
  "unix-abstract:a/b",
  `unix:@${"a".repeat(108)}`,
  "127.0.0.1",
  "127.0.0.1:0",
  "127.0.0.1:65536",
  ":50051",
  "[::1]",
  "[localhost]:1",
  "::1:50051",
  "http://127.0.0.1:80",
  "dns:127.0.0.1:50051",
])("%j is none", (address) => {
  expect(() => parseUiAddress(address)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("anything is an address or a typed error, and quickly", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.anything({ withNullPrototype: true, withObjectString: true }),
        fc.string().map((text) => `unix:${text}`),
      ),
      (address) => {
        try {
          expect(parseUiAddress(address as string).target).toMatch(/^(unix|dns):/);
        } catch (error) {
          expect(ProcmonError.isInstance(error)).toBe(true);
        }
      },
    ),
  );
});
