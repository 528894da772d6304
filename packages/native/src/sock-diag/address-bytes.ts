import { isIPv4, isIPv6 } from "node:net";
import { NativeError } from "../native-error.ts";

/**
 * The bytes of an address, in network order: 4 for IPv4, 16 for IPv6.
 *
 * @throws NativeError `EINVAL` for what is no address, and for one with a zone (`%eth0`)
 */
export function addressBytes(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (!isIPv6(text) || text.includes("%")) throw new NativeError("EINVAL", `${JSON.stringify(text)} is no IP address.`);
  const [head = "", tail] = text.split("::");
  const before = groupBytes(head);
  const after = tail === undefined ? [] : groupBytes(tail);
  const bytes = new Uint8Array(16);
  bytes.set(before);
  bytes.set(after, 16 - after.length);
  return bytes;
}

/** The bytes of groups between colons, the last of which may be written as IPv4. */
function groupBytes(groups: string): number[] {
  if (groups === "") return [];
  return groups.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const word = Number.parseInt(group, 16);
    return [word >>> 8, word & 255];
  });
}
