import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import type { SockDiag } from "@procmon/native";
import { describe, expect, it } from "vitest";
import { openConnection } from "../../test/connections.ts";
import { findNative, type NativeAccess } from "../native-access.ts";
import { createConnectionTables } from "./connection-tables.ts";
import { createDiagTables, type DiagTables } from "./diag-tables.ts";
import { createNamespaceDirectory } from "./namespace-directory.ts";

const { native } = await findNative();

/** Tables whose socket does this instead of what it should. */
function tablesWith(fault: Partial<SockDiag> | Error): DiagTables & { opened: () => number; closed: () => number } {
  if (!native) throw new Error("there is no native half");
  let [opened, closed] = [0, 0];
  const openSockDiag: NativeAccess["openSockDiag"] = (options) => {
    if (fault instanceof Error) throw fault;
    opened++;
    const real = native.openSockDiag(options);
    const close = () => {
      closed++;
      real.close();
    };
    return { ...real, usable: true, close, [Symbol.dispose]: close, ...fault };
  };
  const tables = createDiagTables(DEFAULT_PROCFS, { ...native, openSockDiag });
  if (!tables?.own) throw new Error("this is no procfs");
  return Object.assign(tables, { opened: () => opened, closed: () => closed });
}

const failure = (code: string): Error => Object.assign(new Error(code), { code });
const failing = (code: string) => (): never => {
  throw failure(code);
};

describe("where sock_diag fails", () => {
  it.each([
    ["cannot be opened", failure("EPERM")],
    ["gives no answer in time", { findInet: failing("ETIMEDOUT"), dumpInet: failing("ETIMEDOUT"), usable: false }],
    ["knows nothing but single sockets", { dumpInet: failing("EINTR"), findInet: () => undefined }],
  ] as [string, Partial<SockDiag> | Error][])("as it %s, /proc is read, and it is counted", async (_, fault) => {
    await using connection = await openConnection();
    const diag = tablesWith(fault);
    const tables = createConnectionTables(DEFAULT_PROCFS, createNamespaceDirectory(DEFAULT_PROCFS), diag);
    const plain = createConnectionTables(DEFAULT_PROCFS, createNamespaceDirectory(DEFAULT_PROCFS));
    const asked = [connection.tuple, connection.reverse, { ...connection.tuple, dstIp: "0.0.0.0", dstPort: 0 }];
    expect(tables.matchAll(asked)).toEqual(plain.matchAll(asked));
    expect(tables.reads).toBe(plain.reads);
    expect(diag.counters.diagFailures).toBeGreaterThan(0);
    diag.close();
    expect(diag.closed()).toBe(diag.opened());
  });

  it("a table that the kernel does not have is asked for once", () => {
    let asked = 0;
    const diag = tablesWith({
      dumpInet() {
        asked++;
        throw failure("ENOENT");
      },
    });
    const own = diag.own ?? { netns: 0, pids: [] };
    expect([diag.inet(own, "udp"), diag.inet(own, "udp"), diag.inet(own, "raw")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(asked).toBe(2);
    expect(diag.counters).toEqual({ exactQueries: 0, diagDumps: 0, diagFailures: 0 });
    diag.close();
  });

  it("a fault of ours is not taken for one of the kernel's", () => {
    const diag = tablesWith({
      dumpUnix() {
        throw new TypeError("a fault");
      },
    });
    expect(() => diag.unix(diag.own ?? { netns: 0, pids: [] })).toThrow("a fault");
    diag.close();
  });
});

describe("the socket", () => {
  it("of our own namespace is kept, and opened again after a broken answer", () => {
    const diag = tablesWith({});
    const own = diag.own ?? { netns: 0, pids: [] };
    expect(diag.inet(own, "tcp")).toBeInstanceOf(Array);
    expect(diag.inet(own, "udp")).toBeInstanceOf(Array);
    expect([diag.opened(), diag.closed()]).toEqual([1, 0]);
    diag.close();
    diag.close();
    expect([diag.opened(), diag.closed()]).toEqual([1, 1]);
    const broken = tablesWith({ usable: false });
    expect(broken.inet(own, "tcp")).toBeInstanceOf(Array);
    expect(broken.inet(own, "tcp")).toBeInstanceOf(Array);
    expect([broken.opened(), broken.closed()]).toEqual([2, 1]);
    broken.close();
  });

  it("is not there for a folder that is no procfs", () => {
    const root = mkdtempSync(join(tmpdir(), "procmon-test-"));
    expect(native && createDiagTables({ root }, native)).toBeUndefined();
    expect(native && createDiagTables({ root: "/nonexistent" }, native)).toBeUndefined();
    rmSync(root, { recursive: true });
  });
});
