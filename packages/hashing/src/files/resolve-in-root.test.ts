import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder } from "./programs.test-kit.ts";
import { resolveInRoot } from "./resolve-in-root.ts";

function makeRoot(): string {
  const root = scratchFolder();
  mkdirSync(join(root, "opt/app"), { recursive: true });
  writeFileSync(join(root, "opt/app/run"), "");
  return root;
}

const resolved = async (root: string, path: string | Buffer) => (await resolveInRoot(root, path)).toString();

test("links are followed as if the root were the process's, and never out of it", async () => {
  const root = makeRoot();
  symlinkSync("/opt/app", join(root, "absolute"));
  symlinkSync("../../../../../opt/app/run", join(root, "opt/upwards"));
  symlinkSync("absolute/../app/./run", join(root, "relative"));
  const file = join(root, "opt/app/run");
  for (const path of [
    "/opt/app/run",
    "/absolute/run",
    "/opt/upwards",
    "/relative",
    "//opt/.//app/../app/run",
    "/../opt/app/run",
  ]) {
    expect(await resolved(root, path)).toBe(file);
  }
  expect(await resolved(root, "/")).toBe(root);
});

test("what is not there, no folder, or a link to itself is an error of the system's kind", async () => {
  const root = makeRoot();
  symlinkSync("loop", join(root, "loop"));
  symlinkSync("swell/swell", join(root, "swell"));
  await expect(resolveInRoot(root, "/nothing/here")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(resolveInRoot(root, "/opt/app/run/x")).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(resolveInRoot(root, "/loop")).rejects.toMatchObject({ code: "ELOOP" });
  await expect(resolveInRoot(root, "/swell")).rejects.toMatchObject({ code: "ELOOP" });
});

test("bytes that are not UTF-8 stay what they are", async () => {
  const root = makeRoot();
  const name = Buffer.of(0x2f, 0xff, 0xc3);
  writeFileSync(Buffer.concat([Buffer.from(root), name]), "");
  symlinkSync(name, join(root, "odd"));
  const expected = Buffer.concat([Buffer.from(root), name]);
  expect((await resolveInRoot(root, name)).equals(expected)).toBe(true);
  expect((await resolveInRoot(root, "/odd")).equals(expected)).toBe(true);
});
