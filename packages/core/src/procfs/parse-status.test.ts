import { describe, expect, it } from "vitest";
import { parseCredentials } from "./parse-credentials.ts";
import { parseStatus } from "./parse-status.ts";

const STATUS = `Name:\ta\\nUid:\\t0
Umask:\t0022
State:\tS (sleeping)
Tgid:\t4242
Ngid:\t0
Pid:\t4242
PPid:\t4200
TracerPid:\t0
Uid:\t1000\t1001\t1002\t1003
Gid:\t100\t101\t102\t103
FDSize:\t64
Groups:\t24 27 1000 
NStgid:\t4242\t7\t1
NSpid:\t4242\t7\t1
VmPeak:\t    2920 kB
VmRSS:\t    1616 kB
RssAnon:\t      96 kB
Threads:\t3
CapInh:\t0000000000000000
CapPrm:\t0000000000003000
CapEff:\t0000000000002000
CapBnd:\t8000000000000001
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
voluntary_ctxt_switches:\t17
nonvoluntary_ctxt_switches:\t3
`;

describe("parseStatus", () => {
  it("reads ids, memory and capabilities by name", () => {
    expect(parseStatus(Buffer.from(STATUS))).toEqual({
      tgid: 4242,
      uids: { real: 1000, effective: 1001, saved: 1002, filesystem: 1003 },
      gids: { real: 100, effective: 101, saved: 102, filesystem: 103 },
      nsPids: [4242, 7, 1],
      name: "a\\nUid:\\t0",
      state: "S",
      ppid: 4200,
      tracerPid: 0,
      umask: 0o022,
      threads: 3,
      groups: [24, 27, 1000],
      memory: { VmPeak: 2920, VmRSS: 1616, RssAnon: 96 },
      seccomp: 2,
      seccompFilters: 1,
      noNewPrivs: true,
      capabilities: {
        inheritable: [],
        permitted: ["CAP_NET_ADMIN", "CAP_NET_RAW"],
        effective: ["CAP_NET_RAW"],
        bounding: ["CAP_CHOWN", "CAP_63"],
        ambient: [],
      },
      voluntarySwitches: 17,
      involuntarySwitches: 3,
    });
  });

  it("leaves absent what an old kernel does not tell", () => {
    const status = parseStatus(Buffer.from("Name:\tx\nState:\tR\nTgid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"));
    expect(status).not.toHaveProperty("seccomp");
    expect(status).toMatchObject({ nsPids: [], groups: [], memory: {} });
  });

  it("is not misled by a name that looks like another field", () => {
    const text = STATUS.replace("Name:\ta\\nUid:\\t0", "Name:\tUid:\t7\t7\t7\t7");
    expect(parseCredentials(Buffer.from(text))?.uids.real).toBe(1000);
  });

  it("takes anything else for no status", () => {
    expect(parseCredentials(Buffer.from("Name:\tx\n"))).toBeUndefined();
    expect(parseCredentials(Buffer.from("Tgid:\t1\nUid:\t0\t0\n"))).toBeUndefined();
  });
});
