import type { AddonBpfMap } from "../addon.ts";
import { bpfError, callBpf } from "./bpf-error.ts";

/** A map of a loaded object. Keys and values are bytes, as the programs lay them out. Calls block for as long as the kernel takes: a microsecond. */
export interface BpfMap {
  readonly keySize: number;
  /** Of a map with a value for each processor: all of them one after the other, each rounded up to 8 bytes, also of processors that are absent. */
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Copies the value into `into`, which has `valueSize` bytes. False where there is no such entry. @throws NativeError */
  lookup(key: Uint8Array, into: Uint8Array): boolean;
  /** Makes the entry, or changes it. @throws NativeError `E2BIG` where the map is full */
  update(key: Uint8Array, value: Uint8Array): void;
  /** False where there was no such entry. @throws NativeError */
  delete(key: Uint8Array): boolean;
}

/** Wraps what the addon gives. Without a function for each call: this is asked for every connection. */
export function wrapMap(map: AddonBpfMap, name: string): BpfMap {
  const [keySize = 0, valueSize = 0, maxEntries = 0] = callBpf(() => map.sizes());
  return {
    keySize,
    valueSize,
    maxEntries,
    lookup(key, into) {
      try {
        return map.lookup(key, into);
      } catch (error) {
        throw bpfError(error, name);
      }
    },
    update(key, value) {
      try {
        map.update(key, value);
      } catch (error) {
        throw bpfError(error, name);
      }
    },
    delete(key) {
      try {
        return map.remove(key);
      } catch (error) {
        throw bpfError(error, name);
      }
    },
  };
}
