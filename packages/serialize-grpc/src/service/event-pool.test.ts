import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventPool, joined } from "./event-pool.ts";

test("what is put in comes out as it was, whatever comes after it", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30_000 }), { maxLength: 20 }), (parts) => {
      const pool = createEventPool();
      const placed = parts.map(pool);
      expect(placed.every((bytes, index) => bytes.equals(parts[index] as Uint8Array))).toBe(true);
      expect(joined(placed).equals(Buffer.concat(parts))).toBe(true);
    }),
  );
});

test("what follows each other is joined without a copy, and nothing else is", () => {
  const pool = createEventPool();
  const [one, two, three] = ["one", "two", "three"].map((text) => pool(Buffer.from(text))) as [Buffer, Buffer, Buffer];
  expect(joined([one, two, three]).buffer).toBe(one.buffer);
  expect(joined([one, two, three]).toString()).toBe("onetwothree");
  expect(joined([one, three]).toString()).toBe("onethree");
  expect(joined([three, one]).toString()).toBe("threeone");
  expect(joined([one]).buffer).toBe(one.buffer);
  expect(joined([])).toHaveLength(0);
});

test("a large one has memory of its own, and does not keep the small ones", () => {
  const pool = createEventPool();
  const small = pool(Buffer.from("small"));
  const large = pool(Buffer.alloc(100_000));
  expect(large.buffer.byteLength).toBe(100_000);
  expect(large.buffer).not.toBe(small.buffer);
});
