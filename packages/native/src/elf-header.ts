/** Bytes of the header of a 64-bit ELF file (elf(5), `Elf64_Ehdr`). */
export const ELF_HEADER_BYTES = 64;

/**
 * Tells whether an ELF file has been cut off: its table of sections, which stands at the end, is not there whole. dlopen(3) does not look,
 * and the process dies of SIGBUS.
 *
 * @param header the first bytes of the file
 * @param size of the file, in bytes
 */
export function isCutOff(header: Uint8Array, size: number): boolean {
  if (header.byteLength < ELF_HEADER_BYTES) return true;
  const view = new DataView(header.buffer, header.byteOffset, ELF_HEADER_BYTES);
  if (view.getUint32(0) !== ELF_MAGIC) return false;
  const tableBytes = view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
  return view.getBigUint64(0x28, true) + BigInt(tableBytes) > BigInt(size);
}

/** 0x7f and `ELF`. */
const ELF_MAGIC = 0x7f454c46;
