import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { afterAll, describe, expect, it } from "vitest";
import { ownBinary, root, run } from "./workspace.ts";

const scratch = mkdtempSync(join(tmpdir(), "procmon-clone-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of what git knows or would add: what a clone after the next commit has. */
async function cloneInto(folder: string): Promise<void> {
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root });
  for (const file of listed.stdout.split("\0").filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
}

/** A folder with all programs of the search path but those that compile C++, apt-get, which would bring one, and this checkout's own. */
function programsWithoutCompiler(): string {
  const folder = join(scratch, "programs");
  mkdirSync(folder);
  const places = (process.env.PATH ?? "").split(delimiter);
  for (const place of places.filter((name) => existsSync(name) && !name.startsWith(root))) {
    for (const name of readdirSync(place).filter((program) => !/\+\+|^apt-get$/.test(program))) {
      if (!existsSync(join(folder, name))) symlinkSync(join(place, name), join(folder, name));
    }
  }
  return folder;
}

const clone = join(scratch, "clone");
const start = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  run("npm", ["-s", "start", "--", ...args], { cwd: clone, timeout: 280_000, env: { ...process.env, ...env } });

describe("npm start in a clean clone", () => {
  it("sets up, watches this machine, and has nothing to set up the second time", { timeout: 300_000 }, async (test) => {
    if ((await run("git", ["rev-parse"], { cwd: root })).code !== 0) test.skip("needs git, and a checkout of it");
    await cloneInto(clone);

    const first = await start({}, "--duration", "500ms", "--json");
    expect(first.stderr).toContain("procmon: installing dependencies");
    expect(first.stderr).toContain("procmon: built");
    if (ownBinary !== undefined) expect(existsSync(join(clone, "packages", "native", ownBinary))).toBe(true);

    const server = createServer().listen(0, "127.0.0.1");
    const timer = setInterval(
      () => fetch(`http://127.0.0.1:${port(server)}`, { signal: AbortSignal.timeout(700) }).catch(() => {}),
      800,
    );
    const second = await start({}, "--count", "1", "--json", "--types", "connect", "--duration", "20s");
    clearInterval(timer);
    server.close();
    expect(second.stderr).not.toContain("installing");
    expect(second.stderr).not.toContain("procmon: built");
    const records = second.stdout.trim().split("\n");
    expect(records.map((record) => JSON.parse(record))).toContainEqual(
      expect.objectContaining({ v: 1, type: "connect", method: requirement("ebpf") === undefined ? "ebpf" : "proc" }),
    );

    const procmon = await run("npm", ["run", "-s", "procmon", "--", "inspect", String(process.pid), "--json"], {
      cwd: clone,
    });
    expect(JSON.parse(procmon.stdout)).toMatchObject({ v: 1, process: { pid: process.pid } });
  });

  it("goes on without a compiler, says what that costs, and builds the rest when there is one", async (test) => {
    if (!existsSync(clone)) test.skip("needs git, and a checkout of it");
    const binary = join(clone, "packages", "native", ownBinary ?? "prebuilds");
    rmSync(dirname(binary), { recursive: true, force: true });
    const without = await start({ PATH: programsWithoutCompiler() }, "--duration", "100ms", "--json");
    expect(without.stderr).toContain("procmon: not on this system: a C++ compiler (@procmon/native is not built");
    expect(without.stderr).toContain("procmon: Watching with the method proc");
    expect(existsSync(binary)).toBe(false);

    const after = await start({}, "--duration", "100ms", "--json");
    expect(after.stderr).not.toContain("a C++ compiler");
    expect(existsSync(binary)).toBe(ownBinary !== undefined);
  });
});

function port(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}
