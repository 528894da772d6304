import type { FileIdentity } from "@procmon/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Digests } from "../algorithms/algorithm.ts";
import { createDigestCache } from "./digest-cache.ts";

const FILES = 7;
const file = (inode: number): FileIdentity => ({ device: 1, inode: BigInt(inode), size: 1n, mtime: 1n, ctime: 1n });

const step = fc.record({
  what: fc.constantFrom("get", "set", "alias", "verity", "forget"),
  name: fc.nat(FILES - 1),
  other: fc.nat(FILES - 1),
  algorithm: fc.constantFrom("md5", "sha1", "fsverity"),
});

/** By the plainest rules: a list of entries, the most recently used first. */
interface Known {
  names: number[];
  digests: Digests;
}

test("keeps what a plain list keeps", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), fc.integer({ min: 1, max: 5 }), (steps, capacity) => {
      const cache = createDigestCache({ capacity });
      let model: Known[] = [];
      /** The first entry with this fs-verity digest, while it has it. */
      let measured: Known | undefined;
      let count = 0;
      let [hits, misses, evictions] = [0, 0, 0];
      const find = (name: number) => model.find(({ names }) => names.includes(name));
      const use = (known: Known) => {
        model = [known, ...model.filter((each) => each !== known)];
      };
      const drop = (known: Known) => {
        model = model.filter((each) => each !== known);
        if (measured === known) measured = undefined;
      };

      for (const { what, name, other, algorithm } of steps) {
        const known = find(name);
        if (what === "get") {
          expect(cache.get(file(name))).toEqual(known?.digests);
          if (known === undefined) misses++;
          else hits++;
          if (known !== undefined) use(known);
        } else if (what === "set") {
          const digests: Digests = { [algorithm]: algorithm === "fsverity" ? "sha256:1" : String(count++) };
          expect(cache.set(file(name), digests)).toBe(true);
          const last = model.at(-1);
          if (known === undefined && model.length === capacity && last !== undefined) {
            drop(last);
            evictions++;
          }
          const entry = known ?? { names: [name], digests: {} };
          entry.digests = { ...entry.digests, ...digests };
          use(entry);
          if (entry.digests.fsverity) measured ??= entry;
        } else if (what === "alias") {
          const target = find(other);
          expect(cache.alias(file(name), file(other))).toBe(target !== undefined);
          if (target === undefined) continue;
          use(target);
          if (known === target) continue;
          if (known !== undefined) {
            known.names = known.names.filter((each) => each !== name);
            if (known.names.length === 0) drop(known);
          }
          target.names.push(name);
        } else if (what === "verity") {
          expect(cache.getByVerity("sha256:1")).toEqual(measured?.digests);
          if (measured !== undefined) use(measured);
        } else {
          cache.forget(algorithm);
          for (const entry of model) {
            const { [algorithm]: _, ...digests } = entry.digests;
            entry.digests = digests;
            if (Object.keys(digests).length === 0) drop(entry);
          }
          if (algorithm === "fsverity") measured = undefined;
        }
        expect(cache.stats()).toEqual({ size: model.length, capacity, hits, misses, evictions });
      }
      for (let name = 0; name < FILES; name++) expect(cache.get(file(name))).toEqual(find(name)?.digests);
    }),
    { numRuns: 500 },
  );
});
