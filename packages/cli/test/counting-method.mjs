import { readFileSync } from "node:fs";

/** What is in `/proc/<pid>/stat` behind the name of the process: its start time is field 22. */
function startTimeOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
  return BigInt(fields[19]);
}

const connection = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 4000, dstIp: "127.0.0.1", dstPort: 443, netns: 1 };
const SECOND = 1_000_000_000n;
const began = BigInt(Date.now()) * 1_000_000n;

/**
 * A third party's method that counts, and has nothing to count: from each look to the next its clock goes on by a second, and
 *   4194301 `up`     sends 3,000 bytes, after 2^53, over its one connection
 *   4194302 a name with control characters receives 2,000
 *   the parent       sends 10 and receives 10
 *   4194303 `idle`   moves nothing, ever
 */
export default function countingMethod() {
  const parent = { pid: process.ppid, startTime: startTimeOf(process.ppid) };
  let looks = 0n;
  return {
    specVersion: 1,
    name: "counting",
    capabilities: { events: {}, protocols: ["tcp"], execSafe: false, networkNamespaces: "own", blindSpots: [] },
    probe: async () => ({ result: "available", checks: [] }),
    start: async () => undefined,
    stop: async () => undefined,
    findOwner: async () => ({ kind: "none", reason: "not-found" }),
    async traffic() {
      const up = { bytesSent: 2n ** 53n + 1n + looks * 3000n, bytesReceived: 0n };
      const one = (pid, names, bytesSent, bytesReceived) => ({
        owner: { pid, startTime: 1n, ...names },
        bytesSent,
        bytesReceived,
        connections: [],
      });
      const answer = {
        time: began + looks * SECOND,
        processes: [
          one(4194303, { comm: "idle" }, 0n, 0n),
          { ...one(0, {}, looks * 10n, looks * 10n), owner: parent },
          one(4194302, { comm: "evil\u001b[31m", path: "/tmp/\u202eexe" }, 0n, looks * 2000n),
          {
            ...one(4194301, { comm: "up", path: "/usr/bin/up-1" }, 0n, 0n),
            ...up,
            connections: [{ connection, ...up }],
          },
        ],
      };
      looks++;
      return answer;
    },
  };
}
