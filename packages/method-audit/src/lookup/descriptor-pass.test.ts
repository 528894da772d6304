import { DEFAULT_PROCFS } from "@procmon/core";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, it, onTestFinished } from "vitest";
import { findNative } from "../native-access.ts";
import { createDescriptorPass } from "./descriptor-pass.ts";

describe.skipIf(requirement("cc") !== undefined).each(["native", "/proc"])("a pass by %s", (how) => {
  it("is not trusted once a holder has forked", async () => {
    const native = how === "native" ? (await findNative()).native : undefined;
    const pass = createDescriptorPass(DEFAULT_PROCFS, native);
    onTestFinished(() => pass.close());
    await using fixture = await spawnFixture<{ pid: number; inode: number }>("share-socket", ["fork", "0"]);
    const { pid, inode } = fixture.ready;
    const pidsOf = (holders: readonly { readonly pid: number }[] | undefined) => holders?.map((each) => each.pid);
    const asked = new Set([inode]);
    expect(pidsOf(pass.run(asked).byInode.get(inode))).toEqual([pid]);
    fixture.tell();
    const { pid: child } = await fixture.next();
    expect(pass.recall(asked).size).toBe(0);
    expect(pidsOf(pass.run(asked).byInode.get(inode))).toEqual([pid, child].sort((a, b) => a - b));
    expect(pass.counters.passes).toBe(2);
  });
});
