import { spawnSync } from "node:child_process";

/** Shell commands that make a tunnel, for which the kernel itself opens a UDP socket at port 4789. */
export const MAKE_TUNNEL =
  "ip link set lo up && ip link add tunnel type vxlan id 5 dstport 4789 local 127.0.0.1 && ip link set tunnel up";

/**
 * The arguments of unshare(1) that make namespaces of these kinds here, in which a tunnel can be made. Those who are not
 * root make them inside of a user namespace, where that is allowed. Undefined where neither is possible.
 */
export function unshareForTunnel(...kinds: readonly string[]): readonly string[] | undefined {
  const ways = [kinds, ["--map-root-user", ...kinds]];
  return ways.find((way) => spawnSync("unshare", [...way, "sh", "-c", MAKE_TUNNEL]).status === 0);
}
