import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firstLine, isRoot, start, temporaryDirectory } from "../process/start-process.test-kit.ts";
import { DEFAULT_PROCFS, type Procfs } from "../procfs/procfs.ts";
import { hidingOption, holderVisibility, missingCapabilities, requiredToLook } from "./holder-visibility.ts";

/** True for root with its capabilities, who may make namespaces: not so in most containers. */
const canUnshare =
  isRoot &&
  missingCapabilities(DEFAULT_PROCFS).length === 0 &&
  spawnSync("unshare", ["--mount", "--user", "--pid", "--fork", "true"]).status === 0;

const ONE_DENIED = { pids: [1, 2, 3], denied: [1] };
const NONE_DENIED = { pids: [1, 2, 3], denied: [] };
const NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
const WAIT = "echo; exec sleep 60";

function selfOf(pid: number, root: string): Procfs {
  symlinkSync(`/proc/${pid}`, join(root, "self"));
  return { root };
}

/** A procfs that shows what a real process in these circumstances sees of itself. */
async function seenBy(...command: readonly [string, ...string[]]): Promise<Procfs> {
  const [program, ...args] = command;
  const child = start(program, args);
  await firstLine(child);
  return selfOf(child.pid, temporaryDirectory());
}

/** The same of a process without privileges, where its procfs is mounted with options. */
async function seenWithMount(options: string): Promise<Procfs> {
  const root = join(temporaryDirectory(), "proc");
  mkdirSync(root);
  const script = `mount -t proc -o ${options} proc ${root} && exec ${NOBODY.join(" ")} sh -c '${WAIT}'`;
  const child = start("unshare", ["-m", "sh", "-c", script]);
  await firstLine(child);
  return selfOf(child.pid, root);
}

describe.runIf(canUnshare)("what looking at everything takes (needs root that may make namespaces)", () => {
  it("names the capabilities that are missing", async () => {
    const procfs = await seenBy(...(NOBODY as [string]), "sh", "-c", WAIT);
    expect(missingCapabilities(procfs)).toEqual(["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]);
    expect(holderVisibility(procfs, ONE_DENIED)).toMatchObject({
      pidsReadable: 2,
      pidsTotal: 3,
      hiddenBy: expect.arrayContaining([
        "1 of 3 processes may not be looked at, which takes CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
      ]),
      complete: false,
      requires: "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
    });
    const { hiddenBy } = holderVisibility(procfs, NONE_DENIED, { readable: [], denied: 1 });
    expect(hiddenBy).toContain("1 network namespace may not be looked at, which takes CAP_SYS_PTRACE");
  });

  it("does not ask for capabilities that are there", async () => {
    const procfs = await seenBy("sh", "-c", WAIT);
    expect(holderVisibility(procfs, NONE_DENIED).hiddenBy.join()).not.toMatch(/CAP_|capabilities/);
    const { complete, requires, hiddenBy } = holderVisibility(procfs, ONE_DENIED);
    expect({ complete, requires }).toEqual({ complete: false, requires: "more than capabilities" });
    expect(hiddenBy[0]).toBe("1 of 3 processes may not be looked at, which takes more than capabilities");
  });

  it("knows that capabilities in a user namespace of one's own count only there", async () => {
    const procfs = await seenBy("unshare", "--user", "--map-root-user", "sh", "-c", WAIT);
    expect(missingCapabilities(procfs)).toEqual([]);
    expect(requiredToLook(procfs)).toBe("capabilities of the initial user namespace");
  });

  it("is not complete in a pid namespace", async () => {
    const child = start("unshare", ["--pid", "--fork", "sh", "-c", WAIT]);
    await firstLine(child);
    const inner = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"));
    const found = holderVisibility(selfOf(inner, temporaryDirectory()), NONE_DENIED);
    expect(found).toMatchObject({ complete: false, requires: "the initial pid namespace" });
    expect(found.hiddenBy).toEqual(["a pid namespace: processes outside of it are not shown"]);
  });
});

describe.runIf(canUnshare)("hidepid (needs root that may make namespaces)", () => {
  it("hides, unless one is in the group that it names", async () => {
    const stranger = await seenWithMount("hidepid=2,gid=64999");
    expect(hidingOption(stranger)).toBe("hidepid=invisible");
    expect(holderVisibility(stranger, NONE_DENIED)).toMatchObject({
      complete: false,
      hiddenBy: expect.arrayContaining([`hidepid=invisible on ${stranger.root}`]),
    });
    // Without gid= it is the group of root, in which this process is.
    expect(hidingOption(await seenWithMount("hidepid=2"))).toBeUndefined();
  });

  it("hides from every group where only what can be traced is shown", async () => {
    expect(hidingOption(await seenWithMount("hidepid=4"))).toBe("hidepid=ptraceable");
  });

  it("is nothing to those with CAP_SYS_PTRACE", async () => {
    expect(hidingOption(await seenWithMount("hidepid=2,gid=64999"), [])).toBeUndefined();
  });
});
