import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** NETLINK_CONNECTOR of include/uapi/linux/netlink.h. */
const CONNECTOR = 11;

/** Inodes of the sockets on the proc connector, of all processes. */
export function connectorSockets(): ReadonlySet<number> {
  const rows = readFileSync("/proc/net/netlink", "latin1").trim().split("\n").slice(1);
  const columns = rows.map((row) => row.trim().split(/\s+/));
  return new Set(columns.filter((column) => Number(column[1]) === CONNECTOR).map((column) => Number(column.at(-1))));
}

/** Those of them that a process holds. */
export function connectorSocketsOf(pid: number): number[] {
  const all = connectorSockets();
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  const inodes = links.map((link) => Number(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? -1));
  return inodes.filter((inode) => all.has(inode));
}
