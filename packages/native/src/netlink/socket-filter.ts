/** One instruction of a classic BPF program (the kernel's Documentation/networking/filter.rst). */
export interface FilterInstruction {
  readonly code: number;
  /** Instructions to skip if a comparison is true. */
  readonly jt: number;
  /** Instructions to skip if it is false. */
  readonly jf: number;
  readonly k: number;
}

/** The program as `struct sock_filter[]` of `include/uapi/linux/filter.h`. */
export function encodeFilter(program: readonly FilterInstruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    view.setUint16(at * 8, code, LITTLE_ENDIAN);
    view.setUint8(at * 8 + 2, jt);
    view.setUint8(at * 8 + 3, jf);
    view.setUint32(at * 8 + 4, k, LITTLE_ENDIAN);
  }
  return bytes;
}

/** Binaries are made for little-endian machines only. */
const LITTLE_ENDIAN = true;
