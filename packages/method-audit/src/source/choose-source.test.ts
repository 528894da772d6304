import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement, takeAuditLock } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { openAuditControl } from "../kernel/open-audit-control.ts";
import { findNative, type NativeAccess, type NativeFound } from "../native-access.ts";
import { chooseSource, type SourceParts } from "./choose-source.ts";
import { createHeardSink, needNative } from "./source.test-kit.ts";

const WITHOUT: NativeFound = { reason: "There is none.", remedy: "Install it." };
const OPTIONS = { pluginSocket: "/nowhere/events", receiveBufferBytes: 65_536, intervalMs: 5 } as const;

function parts(native: NativeFound, control?: SourceParts["control"]): SourceParts {
  return { native, control, sink: createHeardSink(), procfsRoot: "/proc", captureEnv: false };
}

/** Native code that may not listen to multicast. */
function withoutMulticast(native: NativeAccess): NativeFound {
  const refuse: NativeAccess["openNetlinkSocket"] = (options) => {
    if (options.groups?.length) throw new native.NativeError("EINVAL", "no such group", "setsockopt");
    return native.openNetlinkSocket(options);
  };
  return { native: { ...native, openNetlinkSocket: refuse } };
}

describe("chooseSource", () => {
  test("names each source that cannot be had, and the first remedy", async () => {
    await expect(chooseSource({ ...OPTIONS, source: "auto" }, parts(WITHOUT))).rejects.toMatchObject({
      code: "METHOD_UNAVAILABLE",
      message:
        "Audit records cannot be had from any source. multicast: There is none. plugin: auditd's plugin af_unix does not listen at /nowhere/events. unicast: There is none.",
      remedy: "Install it.",
    });
    await expect(chooseSource({ ...OPTIONS, source: "unicast" }, parts(WITHOUT))).rejects.toMatchObject({
      message: "There is none.",
    });
  });

  test("takes auditd's plugin where multicast cannot be read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "procmon-choose-"));
    const pluginSocket = join(folder, "events");
    const server = createServer().listen(pluginSocket);
    await once(server, "listening");
    const { source, tried } = await chooseSource({ ...OPTIONS, source: "auto", pluginSocket }, parts(WITHOUT));
    expect(source.kind).toBe("plugin");
    expect(tried).toEqual([{ kind: "multicast", reason: "There is none.", remedy: "Install it." }]);
    await source.stop();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("prefers multicast, and takes the daemon's place last", async ({ skip }) => {
    const missing = requirement("auditd");
    skip(missing !== undefined, missing);
    await using _lock = await takeAuditLock();
    const native = await needNative();
    using control = openAuditControl(native);
    const best = await chooseSource({ ...OPTIONS, source: "auto" }, parts(await findNative(), control));
    expect(best).toMatchObject({ source: { kind: "multicast" }, tried: [] });
    await best.source.stop();
    const last = await chooseSource({ ...OPTIONS, source: "auto" }, parts(withoutMulticast(native), control));
    expect(last.source.kind).toBe("unicast");
    expect(last.tried).toMatchObject([
      { kind: "multicast", reason: expect.stringContaining("daemon alone") },
      { kind: "plugin", reason: expect.stringContaining("/nowhere/events") },
    ]);
    expect(control.status().pid).toBe(process.pid);
    await last.source.stop();
    expect(control.status().pid).toBe(0);
  });
});
