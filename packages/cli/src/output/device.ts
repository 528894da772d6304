/** The two numbers of a device as the kernel and `lsblk` write them: `8:1`. Split as by makedev(3) of glibc and stat(2). */
export function formatDevice(device: number): string {
  const number = BigInt(Math.max(0, Math.trunc(device) || 0));
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
