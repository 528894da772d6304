import type { Addon, AddonBpfMap, AddonBpfObject, AddonBpfRing } from "../addon.ts";
import { loadAddon } from "../load-addon.ts";
import { NativeError } from "../native-error.ts";
import { callBpf, describeFailure } from "./bpf-error.ts";
import { type BpfMap, wrapMap } from "./bpf-map.ts";
import { type BpfRingOptions, type BpfRingReader, deliverTo, ringConfig, wrapRing } from "./bpf-ring.ts";
import { readStructLayout, type StructLayout } from "./struct-layout.ts";

/** A program of an object. */
export interface BpfProgramInfo {
  readonly name: string;
  /** What kind of program it is, and where it belongs, as its source says: `SEC("...")`. */
  readonly section: string;
}

/** What a program is attached to, where its section does not tell. */
export interface BpfTarget {
  /** An open descriptor of the folder of a cgroup: for `cgroup/...`, `cgroup_skb/...` and `sockops`. Programs of others there stay. The caller closes it. */
  readonly cgroup?: number;
  /** For `tp/...`: see `readTracepointId`. */
  readonly tracepoint?: number;
}

/**
 * A compiled BPF object (clang, `-target bpf`). Programs and maps are in the kernel from `load` until `close`; nothing is pinned, so they go with the
 * process, however it ends. Every call may throw a NativeError: `EBADF` after `close`, `ENOENT` where the object has nothing of that name, `EBUSY`
 * for what is settled before `load`, `EINVAL` for what takes a loaded object, and the errno's name where the kernel refuses.
 */
export interface BpfObject extends Disposable {
  readonly programs: readonly BpfProgramInfo[];
  /** Before `load`: whether a program is loaded. All are, unless their section begins with `?`. */
  setAutoload(program: string, load: boolean): void;
  /** Before `load`: another size of a map; of a ring in bytes, which are rounded up to a power of two of whole pages. */
  resizeMap(map: string, maxEntries: number): void;
  /** Before `load`: the value of a `const volatile` number of the programs. `ERANGE` where it does not fit. */
  setConstant(name: string, value: bigint | number | boolean): void;
  /**
   * Makes the maps, and has the programs verified. Once: an object that was refused is closed.
   *
   * @throws NativeError with the refused program in `program`, and what the verifier said in `log`; `ESRCH` where the kernel has no such hook,
   * `EPERM` where privileges are missing
   */
  load(): void;
  /** Makes a program run. @throws NativeError `EBUSY` where it is attached already */
  attach(program: string, target?: BpfTarget): void;
  /** Idempotent. */
  detach(program: string): void;
  /**
   * How often a program should have run, and did not, since it was running on that processor already: the kernel passes it over then (Linux 5.12;
   * 0 on older kernels). One that is not loaded has none. @throws NativeError
   */
  missedRuns(program: string): number;
  map(name: string): BpfMap;
  /**
   * Runs an iterator (`iter/...`, `iter.s/...`), and gives all that it writes. The reading is done in a thread of the pool.
   *
   * @param options.map the map to go through, for iterators over the elements of one
   * @throws NativeError `EFBIG` above 256 MiB
   */
  readIterator(program: string, options?: { readonly map?: string }): Promise<Buffer>;
  /** Starts a thread that reads a ring. @throws NativeError `EBUSY` where one reads it already */
  readRing(map: string, options: BpfRingOptions): BpfRingReader;
  /** From the object's own types (BTF); undefined where there is no such structure. */
  structLayout(name: string): StructLayout | undefined;
  /** Detaches all, and stops all readers. Idempotent. */
  close(): void;
}

/**
 * Opens an object, without loading anything.
 *
 * @param object the bytes of the file
 * @throws NativeError `ENOEXEC` where it is none; `BPF_UNSUPPORTED` where the binary was built without libbpf; `NATIVE_UNAVAILABLE` where there is none
 */
export function openBpfObject(object: Uint8Array): BpfObject {
  const classes = classesOf(loadAddon());
  return wrapObject(
    callBpf(() => new classes.BpfObject(object)),
    classes,
  );
}

type BpfClasses = Required<Pick<Addon, "BpfObject" | "BpfMap" | "BpfRing">>;

function classesOf({ BpfObject, BpfMap, BpfRing }: Addon): BpfClasses {
  if (BpfObject && BpfMap && BpfRing) return { BpfObject, BpfMap, BpfRing };
  throw new NativeError(
    "BPF_UNSUPPORTED",
    "The binary of @procmon/native was built without libbpf, whose sources could not be had then: it cannot load BPF programs.",
  );
}

function wrapObject(object: AddonBpfObject, classes: BpfClasses): BpfObject {
  const list = callBpf(() => object.programs());
  const programs = list.flatMap((name, at) => (at % 2 === 0 ? [{ name, section: list[at + 1] ?? "" }] : []));
  const maps = new Map<string, { map: AddonBpfMap; wrapped: BpfMap }>();
  const rings = new Map<string, AddonBpfRing>();

  function close(): void {
    for (const ring of rings.values()) ring.stop();
    for (const { map } of maps.values()) map.close();
    rings.clear();
    maps.clear();
    object.close();
  }

  return {
    programs,
    setAutoload: (program, load) => callBpf(() => object.setAutoload(program, load), program),
    resizeMap: (map, maxEntries) => callBpf(() => object.resizeMap(map, maxEntries), map),
    setConstant: (name, value) => callBpf(() => object.setConstant(name, BigInt(value)), name),
    load: () => callBpf(() => object.load()),
    attach: (program, { cgroup = -1, tracepoint = -1 } = {}) =>
      callBpf(() => object.attach(program, cgroup, tracepoint), program),
    detach: (program) => callBpf(() => object.detach(program), program),
    missedRuns: (program) => callBpf(() => object.missedRuns(program), program),
    map(name) {
      const known = maps.get(name);
      if (known) return known.wrapped;
      const map = callBpf(() => new classes.BpfMap(object, name), name);
      const wrapped = wrapMap(map, name);
      maps.set(name, { map, wrapped });
      return wrapped;
    },
    async readIterator(program, { map } = {}) {
      const result = await new Promise<Buffer | number>((resolve) => {
        callBpf(() => object.readIterator(program, map, resolve), program);
      });
      if (typeof result === "number") throw describeFailure(result, "read", "", program);
      return result;
    },
    readRing(map, options) {
      if (rings.has(map)) throw describeFailure(EBUSY, "ring", "", map);
      const ring = callBpf(() => new classes.BpfRing(object, map, ringConfig(options), deliverTo(options)), map);
      rings.set(map, ring);
      return wrapRing(ring, () => {
        if (rings.get(map) === ring) rings.delete(map);
      });
    },
    structLayout: (name) => callBpf(() => readStructLayout(object, name), name),
    close,
    [Symbol.dispose]: close,
  };
}

/** errno(3). */
const EBUSY = 16;
