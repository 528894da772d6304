import { describe, expect, it } from "vitest";
import type { FileIdentity } from "./file-identity.ts";
import { afterExec, fillIn } from "./merge-process.ts";
import type { Process } from "./process.ts";

const PLAIN: Process = { pid: 1, startTime: 1n, ppid: 0, comm: "x", path: "/bin/x" };
const WHICH: FileIdentity = { device: 1, inode: 2n };
const WHOLE: FileIdentity = { ...WHICH, size: 3n, mtime: 4n, ctime: 5n };

describe("which file a process runs", () => {
  it("is taken over together with its path, or where none is known", () => {
    expect(fillIn(PLAIN, { path: "/bin/x", executable: WHOLE }).executable).toBe(WHOLE);
    const { path: _, ...pathless } = PLAIN;
    expect(fillIn(pathless, { path: "/bin/x", executable: WHOLE })).toEqual({ ...PLAIN, executable: WHOLE });
  });

  it("is not taken over where the path is another, or is not told", () => {
    expect(fillIn(PLAIN, { path: "/bin/y", executable: WHOLE })).toBe(PLAIN);
    expect(fillIn(PLAIN, { executable: WHOLE })).toBe(PLAIN);
  });

  it("is told more of, if it is the same one", () => {
    const known = { ...PLAIN, executable: WHICH };
    expect(fillIn(known, { path: "/bin/x", executable: WHOLE }).executable).toBe(WHOLE);
    expect(fillIn(known, { path: "/bin/y", executable: WHOLE })).toBe(known);
    expect(fillIn(known, { path: "/bin/x", executable: { ...WHOLE, inode: 9n } })).toBe(known);
    expect(fillIn(known, { path: "/bin/x", executable: { ...WHOLE, device: 9 } })).toBe(known);
  });

  it("stays what it was when the file has changed since", () => {
    const known = { ...PLAIN, executable: WHOLE };
    expect(fillIn(known, { path: "/bin/x", executable: { ...WHOLE, ctime: 9n } })).toBe(known);
    expect(fillIn(known, { path: "/bin/x", executable: WHICH })).toBe(known);
  });

  it("is not denied any more once it is told", () => {
    const { path: _, ...refused } = PLAIN;
    const denied = ["path", "executable", "cwd"] as const;
    const filled = fillIn({ ...refused, denied }, { path: "/bin/x", executable: WHOLE });
    expect(filled).toEqual({ ...PLAIN, executable: WHOLE, denied: ["cwd"] });
  });

  it("is not kept over an exec", () => {
    const before = { ...PLAIN, executable: WHOLE, cwd: "/" };
    expect(afterExec({ ...PLAIN, path: "/bin/y" }, before)).toEqual({ ...PLAIN, path: "/bin/y", cwd: "/" });
    expect(afterExec(PLAIN, before)).not.toHaveProperty("executable");
  });
});
