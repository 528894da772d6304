import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePortFilter } from "./port-filter.ts";

/** Runs a program as the kernel does (inet_diag_bc_run in net/ipv4/inet_diag.c), and checks jumps as it does (inet_diag_bc_audit). */
function accepts(program: Uint8Array, port: number): boolean {
  const bytes = Buffer.from(program);
  let at = 0;
  while (at < bytes.length) {
    const left = bytes.length - at;
    const [code, yes, no] = [bytes.readUInt8(at), bytes.readUInt8(at + 1), bytes.readUInt16LE(at + 2)];
    if (yes < 4 || yes > left + 4 || yes & 3 || no < 4 || no > left + 4 || no & 3) throw new Error("refused");
    if (code === 1) at += no;
    else if (code === 2) at += port >= bytes.readUInt16LE(at + 6) ? yes : no;
    else if (code === 3) at += port <= bytes.readUInt16LE(at + 6) ? yes : no;
    else throw new Error(`unknown code ${code}`);
  }
  return at === bytes.length;
}

describe("encodePortFilter", () => {
  it("compares with one port", () => {
    expect(Buffer.from(encodePortFilter([80])).toString("hex")).toBe("0208140000005000" + "03080c0000005000");
  });

  it("lets through these ports and no others", () => {
    const port = fc.integer({ min: 0, max: 0xffff });
    const near = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(fc.array(port, { minLength: 1, maxLength: 60 }), near), fc.array(port), (ports, others) => {
        const program = encodePortFilter(ports);
        for (const each of [...ports, ...others, ...Array(42).keys()]) {
          expect(accepts(program, each)).toBe(ports.includes(each));
        }
      }),
    );
  });

  it("takes ports in a row as one range", () => {
    expect(encodePortFilter(Array(1000).keys())).toHaveLength(16);
  });

  it("is empty for more ports than are worth it, and for what is no port", () => {
    expect(encodePortFilter(Array.from({ length: 65 }, (_, index) => index * 2))).toHaveLength(0);
    expect(encodePortFilter([-1, 1.5, 65_536])).toHaveLength(0);
  });
});
