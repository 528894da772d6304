import { describe, expect, it } from "vitest";
import { RecordType, recordTypeName, recordTypeNumber } from "./record-types.ts";

describe("the types of records", () => {
  it("have one name each, and each name one number", () => {
    const named: number[] = [];
    for (let type = 0; type <= 0xffff; type++) {
      const name = recordTypeName(type);
      if (name === `UNKNOWN[${type}]`) continue;
      named.push(type);
      expect(recordTypeNumber(name)).toBe(type);
    }
    expect(named).toHaveLength(226);
  });

  it.each([
    ["GET_FEATURE", 1019],
    ["SOFTWARE_UPDATE", 1138],
    ["DAEMON_ERR", 1209],
    ["OBJ_PID", 1318],
    ["URINGOP", 1336],
    ["DM_EVENT", 1339],
    ["MAC_CALIPSO_DEL", 1419],
    ["LANDLOCK_DOMAIN", 1424],
    ["APPARMOR_KILL", 1507],
    ["ANOM_CREAT", 1703],
    ["INTEGRITY_POLICY_RULE", 1807],
    ["KERNEL", 2000],
    ["ANOM_SESSION", 2121],
    ["RESP_ORIGIN_UNBLOCK_TIMED", 2215],
    ["USER_MAC_STATUS", 2313],
    ["CRYPTO_IPSEC_SA", 2409],
    ["VIRT_MIGRATE_OUT", 2507],
    ...Object.entries(RecordType),
  ])("know %s", (name, type) => {
    expect(recordTypeNumber(name)).toBe(type);
    expect(recordTypeName(type)).toBe(name);
  });

  it("do not know what is no name", () => {
    for (const name of ["-", "", "syscall", "UNKNOWN[1300]", "constructor"])
      expect(recordTypeNumber(name)).toBeUndefined();
    expect(recordTypeName(1308)).toBe("UNKNOWN[1308]");
  });
});
