import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PROCFS, type FileIdentity, type Process } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { executableTarget } from "./candidates.ts";
import { copyProgram, end, look, readOpened, scratchFolder, startProgram, tryToOpen } from "./programs.test-kit.ts";

const noNamespaces = requirement("namespaces");
const noRoot = requirement("root");

const open = (process: Process, execTime?: bigint) => tryToOpen(executableTarget(DEFAULT_PROCFS, process, execTime));
const bytesOf = (process: Process) => readOpened(executableTarget(DEFAULT_PROCFS, process));
const program = () => readFileSync(fixturePath("odd-process"));
const now = () => BigInt(Date.now()) * 1_000_000n;

/** As the audit's records have it. */
function bare(process: Process): Process {
  const { device, inode } = process.executable as FileIdentity;
  return { ...process, executable: { device, inode } };
}

function unknown({ executable: _, ...process }: Process): Process {
  return process;
}

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
      for (const each of [seen, bare(seen), unknown(seen), inside, unknown(inside)]) {
        expect((await bytesOf(each)).equals(program())).toBe(true);
      }
      expect(await open({ ...unknown(inside), path: "/other" })).toMatchObject({ ok: false, failure: "gone" });
    } finally {
      await fixture.stop();
    }
    expect(await open(seen, now())).toMatchObject({ ok: true, file: { inode: statSync(path, { bigint: true }).ino } });
    expect(await open(inside, now())).toMatchObject({ ok: false, failure: "gone" });
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
    for (const each of [living, bare(living), unknown(living)]) expect(await open(each)).toMatchObject({ ok: true });
    const gone: Process = { ...living, pid: 2 ** 30, tree: [{ pid: 2 ** 30 }, { pid: ancestor.pid }] };
    const { realPath: _, ...child } = gone;
    for (const each of [child, bare(child)]) {
      expect(await open(each, now())).toMatchObject({ ok: true, file: living.executable });
      expect(await open({ ...each, tree: [] }, now())).toMatchObject({ ok: false, failure: "changed" });
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
      expect(await open(hidden, now() + 1_000_000_000n)).toMatchObject({ ok: false, failure: "denied" });
      // The link of a process of another user.
      expect(
        await open({ ...look(globalThis.process.ppid), executable: process.executable as FileIdentity }),
      ).toMatchObject({ ok: false, failure: "denied" });
    });
    expect(await open(hidden, now() + 1_000_000_000n)).toMatchObject({ ok: true });
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
