import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { MAKE_TUNNEL, unshareForTunnel } from "./tunnel.test-kit.ts";

const unshare = unshareForTunnel("--net", "--pid", "--fork", "--mount-proc", "--kill-child");

/**
 * Runs a script in namespaces of its own, where every process may be looked at, with a tunnel for which the kernel
 * itself opens a UDP socket.
 */
function runAlone(script: string): unknown {
  const source = `
    import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
    import { readInetTable } from "./read-socket-tables.ts";
    import { searchHolders } from "./search-holders.ts";
    ${script}`;
  const node = [process.execPath, "--input-type=module", "-e", source];
  const shell = ["sh", "-c", `${MAKE_TUNNEL} && exec "$@"`, "sh", ...node];
  const arguments_ = [...(unshare ?? []), ...shell];
  return JSON.parse(execFileSync("unshare", arguments_, { encoding: "utf8", cwd: import.meta.dirname }));
}

describe.runIf(unshare)("searchHolders (needs namespaces of its own, with a vxlan tunnel)", () => {
  it("finds nobody who holds a socket of the kernel, and has no doubt", () => {
    const found = runAlone(`
      const table = readInetTable(DEFAULT_PROCFS, process.pid, "udp");
      const { byInode, doubt } = searchHolders(DEFAULT_PROCFS, new Set([table.value[0].inode]));
      console.log(JSON.stringify([table.value[0].srcPort, byInode.size, doubt]));`);
    expect(found).toEqual([4789, 0, false]);
  });

  it("finds a holder that any place shows", () => {
    const found = runAlone(`
      import { createServer } from "node:net";
      import { readlinkSync } from "node:fs";
      const server = createServer().listen(0, () => {
        const inode = Number(readlinkSync("/proc/self/fd/" + server._handle.fd).slice(8, -1));
        const { byInode } = searchHolders(DEFAULT_PROCFS, new Set([inode]));
        console.log(JSON.stringify(byInode.get(inode).map(({ pid, fd }) => pid === process.pid && fd === server._handle.fd)));
        server.close();
      });`);
    expect(found).toEqual([true]);
  });
});
