/** `st_dev` of the kernel's two numbers of a device: makedev(3), as glibc and musl encode it. */
export function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x100000 + (major >>> 12) * 2 ** 44;
}
