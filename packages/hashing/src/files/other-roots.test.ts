import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FileIdentity, Process } from "@procmon/core";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import {
  bytesOf,
  copyProgram,
  end,
  look,
  now,
  openExecutable,
  programBytes,
  scratchFolder,
  startProgram,
  withBareIdentity,
  withoutIdentity,
} from "./programs.test-kit.ts";

const noNamespaces = requirement("namespaces");
const noRoot = requirement("root");

describe.skipIf(noNamespaces)(`other roots${noNamespaces ? `: ${noNamespaces}` : ""}`, () => {
  test("chroot: alive, and by the root of nobody after it has ended", async () => {
    const root = scratchFolder();
    const path = await copyProgram("jailed", root);
    const fixture = await spawnFixture<{ pid: number }>("odd-process", ["wait"], {
      enter: [`chroot=${root}`],
      path: "/jailed",
    });
    const seen = look(fixture.pid);
    // As a record of the kernel may name it: as the process sees it.
    const inside = { ...seen, path: "/jailed" };
    try {
      for (const each of [seen, withBareIdentity(seen), withoutIdentity(seen), inside, withoutIdentity(inside)]) {
        expect((await bytesOf(each)).equals(programBytes())).toBe(true);
      }
      expect(await openExecutable({ ...withoutIdentity(inside), path: "/other" })).toMatchObject({
        ok: false,
        failure: "gone",
      });
    } finally {
      await fixture.stop();
    }
    expect(await openExecutable(seen, now())).toMatchObject({
      ok: true,
      file: { inode: statSync(path, { bigint: true }).ino },
    });
    expect(await openExecutable(inside, now())).toMatchObject({ ok: false, failure: "gone" });
  });

  test("mount namespace: through a living ancestor, and never the file of the same path here", async () => {
    const folder = scratchFolder();
    const [inside, outside] = [join(folder, "inside"), join(folder, "outside")];
    for (const each of [inside, outside]) mkdirSync(each);
    await copyProgram("program", inside);
    await copyProgram("program", outside);
    const path = join(outside, "program");
    await using ancestor = await spawnFixture<{ pid: number }>("odd-process", ["wait"], {
      enter: ["mount", `bind=${inside}:${outside}`],
      path,
    });
    const living = look(ancestor.pid);
    expect((living.executable as FileIdentity).inode).toBe(statSync(join(inside, "program"), { bigint: true }).ino);
    for (const each of [living, withBareIdentity(living), withoutIdentity(living)])
      expect(await openExecutable(each)).toMatchObject({ ok: true });
    const gone: Process = { ...living, pid: 2 ** 30, tree: [{ pid: 2 ** 30 }, { pid: ancestor.pid }] };
    const { realPath: _, ...child } = gone;
    for (const each of [child, withBareIdentity(child)]) {
      expect(await openExecutable(each, now())).toMatchObject({ ok: true, file: living.executable });
      expect(await openExecutable({ ...each, tree: [] }, now())).toMatchObject({ ok: false, failure: "changed" });
    }
  });
});

describe.skipIf(noRoot)(`what may not be opened${noRoot ? `: ${noRoot}` : ""}`, () => {
  test("is denied", async () => {
    const path = await copyProgram("secret");
    const child = await startProgram(path, ["wait"]);
    const process = look(child.pid);
    await end(child);
    chmodSync(path, 0o000);
    const { ctimeNs } = statSync(path, { bigint: true });
    const hidden = { ...process, executable: { ...(process.executable as FileIdentity), ctime: ctimeNs } };
    await asNobody(async () => {
      expect(await openExecutable(hidden, now() + 1_000_000_000n)).toMatchObject({ ok: false, failure: "denied" });
      // The link of a process of another user.
      expect(
        await openExecutable({ ...look(globalThis.process.ppid), executable: process.executable as FileIdentity }),
      ).toMatchObject({ ok: false, failure: "denied" });
    });
    expect(await openExecutable(hidden, now() + 1_000_000_000n)).toMatchObject({ ok: true });
  });
});

/** With the rights of somebody who is not root, in all threads of this process. */
async function asNobody(check: () => Promise<void>): Promise<void> {
  process.seteuid?.(65534);
  try {
    await check();
  } finally {
    process.seteuid?.(0);
  }
}
