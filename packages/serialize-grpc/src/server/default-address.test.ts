import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { checkPrivateFolder, defaultAddress, privateFolder } from "./default-address.ts";
import { scratchFolder } from "./start-server.test-kit.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function pretendUid(uid: number): void {
  vi.spyOn(process as { getuid(): number }, "getuid").mockReturnValue(uid);
}

test("root's is where all look for it", () => {
  pretendUid(0);
  vi.stubEnv("XDG_RUNTIME_DIR", "/run/user/0");
  expect(defaultAddress()).toBe("unix:///run/procmon/procmon.sock");
  expect(privateFolder()).toBeUndefined();
});

test("a user's is in the folder of the session", () => {
  pretendUid(1000);
  vi.stubEnv("XDG_RUNTIME_DIR", "/run/user/1000");
  expect(defaultAddress()).toBe("unix:///run/user/1000/procmon/procmon.sock");
});

test.each([undefined, "", "relative"])("without one (%j) it is in a folder of the user's own", (folder) => {
  pretendUid(1000);
  vi.stubEnv("XDG_RUNTIME_DIR", folder);
  expect(defaultAddress()).toBe(`unix://${tmpdir()}/procmon-1000/procmon.sock`);
});

test("a folder that others may open, or that is none, is refused", () => {
  const folder = join(scratchFolder(), "own");
  checkPrivateFolder(folder);
  mkdirSync(folder, { mode: 0o700 });
  checkPrivateFolder(folder);
  const refused = expect.objectContaining({ code: "SERVICE_UNAVAILABLE" });
  symlinkSync(folder, `${folder}-link`);
  expect(() => checkPrivateFolder(`${folder}-link`)).toThrow(refused);
  chmodSync(folder, 0o750);
  expect(() => checkPrivateFolder(folder)).toThrow(refused);
  chmodSync(folder, 0o700);
  pretendUid(12_345);
  expect(() => checkPrivateFolder(folder)).toThrow(refused);
});
