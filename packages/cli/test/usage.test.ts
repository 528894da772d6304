import { spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { AS_NOBODY, buildCommand, MAIN, needsStart, run, UNPRIVILEGED } from "./built-command.ts";

const COMMANDS = ["watch", "ls", "who", "inspect", "tree", "top", "serve", "doctor", "completion"];

beforeAll(buildCommand, 120_000);

it.each<[string[], RegExp]>([
  [["frobnicate"], /unknown command 'frobnicate'/],
  [["lss"], /Did you mean ls\?/],
  [["ls", "--jsn"], /Did you mean --json\?/],
  [["ls", "extra"], /too many arguments/],
  [["ls", "-p", "0"], /whole number from 1/],
  [["ls", "-P", "65536"], /0 to 65535/],
  [["ls", "-U", "no-such-user-here"], /no user "no-such-user-here"/],
  [["watch", "--types", "boom"], /The types are exec/],
  [["watch", "--duration", "soon"], /500ms, 5s, 1m/],
  [["watch", "--count", "0"], /from 1/],
  [["watch", "--method", ""], /A method is a name/],
  [["watch", "--hash", "sha3"], /'sha3' is invalid\. The algorithms are md5, sha1, sha256, sha512, blake3, fsverity\./],
  [["watch", "--hash"], /argument missing/],
  [["watch", "--types", "exec,checksum"], /Events of the type checksum come only with --hash\. Add --hash sha256\./],
  [["watch", "--types", "checksum-change"], /Events of the type checksum-change come only with --hash\./],
  [["watch", "--method", "../../etc/pass wd\u001b[31m"], /./],
  [["who"], /missing required argument/],
  [["who", "frob", ":1"], /no protocol "frob"/],
  [["who", "tcp", "999.1.1.1:1", "1.1.1.1:1"], /no IP address/],
  [["who", "tcp", "1.1.1.1:70000", "1.1.1.1:1"], /no port from 0/],
  [["who", "tcp", "1.1.1.1:1", "[::1]:1"], /./],
  [["who", "inode", "x"], /whole number/],
  [["inspect"], /missing required argument/],
  [["inspect", "abc"], /whole number/],
  [["inspect", "-1"], /./],
  [["inspect", "1", "--hash", "sha256,"], /The algorithms are md5/],
  [["tree", "1.5"], /whole number/],
  [["top", "--interval", "50ms"], /at least 100ms/],
  [["top", "--sort", "name"], /total, sent, received/],
  [["top", "--once", "--count", "2"], /cannot be used with/],
  [["top", "-u", "no-such-user-here"], /no user "no-such-user-here"/],
  [["serve", "--listen", "http://a:1"], /unix:\/\/\/PATH or tcp:\/\/HOST:PORT/],
  [["serve", "--web", "8080"], /HOST:PORT/],
  [["serve", "--tls-cert", "/no/such/file"], /The file of --tls-cert cannot be read/],
  [["serve", "--tls-key", "/dev/null", "--tls-cert", "/dev/null"], /--tls-ca is missing/],
  [["serve", "--max-clients", "0"], /from 1/],
  [["serve", "--listen", "tcp://0.0.0.0:0", "--insecure"], /./],
  [["serve", "--listen", "tcp://127.0.0.1:0"], /./],
  [["completion", "tcsh"], /bash, zsh, fish/],
])("procmon %j is refused with a sentence", async (args, sentence) => {
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr).not.toContain("\u001b");
  expect(stdout).toBe("");
  expect(code, stderr).toBe(args.includes("../../etc/pass wd\u001b[31m") ? 4 : 2);
});

it("takes a bare call as a usage error that shows the help", async () => {
  const { code, stdout, stderr } = await run([]);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("Usage: procmon");
});

it.each(COMMANDS)("procmon %s --help has examples", async (command) => {
  const { code, stdout, stderr } = await run([command, "--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("Examples:");
  expect(stdout).toContain(`procmon ${command}`);
  expect(stderr).toBe("");
});

it("lists only commands that are there", async () => {
  const { stdout } = await run(["--help"]);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
  expect(stdout).not.toMatch(/^ {2}shell /m);
});

it("prints its version", async () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  expect((await run(["--version"])).stdout).toBe(`${manifest.version}\n`);
});

it.each([
  ["an unknown method", "no-such-method", /no package procmon-method-no-such-method/],
  ["a package that is not installed", "@nobody/no-such-method", /no package @nobody\/no-such-method/],
])("%s ends with code 4", async (_what, name, sentence) => {
  const { code, stdout, stderr } = await run(["watch", "--strict", "--method", name, "--count", "1"]);
  expect(code, stderr).toBe(4);
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
});

it("ends quietly when the reader goes", () => {
  for (const args of ["ls -a", "tree", "--help", "doctor --json"]) {
    const script = `"${process.execPath}" "${MAIN}" ${args} 2>/tmp/procmon-epipe.$$ | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"; cat /tmp/procmon-epipe.$$; rm /tmp/procmon-epipe.$$`;
    const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stdout.split("\n")[0], args).toBe("0");
    expect(stdout).not.toMatch(/EPIPE|\n\s+at /);
  }
});

it("doctor says check by check what can run, and exits by that", async () => {
  const { code, stdout } = await run(["doctor"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/✔ proc can run here/);
  expect(stdout).toMatch(/^(✔ audit can run here|✘ audit cannot run here)$/m);
  const asked = ["doctor", "--method", "no-such-method"];
  expect((await run(asked)).stdout).toMatch(/^- no-such-method is not installed/m);
  const none = await run([...asked, "--json"]);
  expect(none.code).toBe(4);
  expect(JSON.parse(none.stdout)).toMatchObject({ v: 1, methods: [{ method: "no-such-method", installed: false }] });
});

interface Diagnosis {
  readonly methods: readonly {
    readonly probe?: { readonly checks: readonly { name: string; result: string; detail: string; remedy?: string }[] };
  }[];
}

async function checkDescriptors(through: readonly string[]): Promise<{ detail: string; remedy?: string }> {
  const { stdout, code } = await run(["doctor", "--method", "proc", "--json"], { through });
  expect(code).toBe(0);
  const checks = (JSON.parse(stdout) as Diagnosis).methods[0]?.probe?.checks ?? [];
  return checks.find(({ name }) => name === "descriptors") as { detail: string; remedy?: string };
}

it("doctor has a remedy for those without privileges, and not for the node executable", async (context) => {
  needsStart(context, UNPRIVILEGED);
  const { stdout, code } = await run(["doctor"], { through: UNPRIVILEGED });
  expect(code).toBe(0);
  expect(stdout).toMatch(/✘ descriptors: .* To see more takes CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH\.\n/);
  expect(stdout).toMatch(/remedy: Run it as root, .*\n {14}In a root shell: setpriv /);
  expect(stdout).not.toContain("setcap");
  expect(stdout).not.toContain("\\x0a");
});

it("doctor's remedy for those without privileges helps", async (context) => {
  needsStart(context, AS_NOBODY);
  const { remedy = "" } = await checkDescriptors(AS_NOBODY);
  const command = /^In a root shell: (setpriv .*) COMMAND$/m.exec(remedy)?.[1]?.split(" ");
  const readable = async (through: readonly string[]): Promise<number> =>
    Number(/of (\d+) of \d+ processes/.exec((await checkDescriptors(through)).detail)?.[1]);
  expect(await readable(command ?? ["false"])).toBeGreaterThan((await readable(AS_NOBODY)) + 1);
});

it("doctor does not recommend capabilities where others are needed", async (context) => {
  const alone = ["unshare", "--user", "--map-root-user"];
  needsStart(context, alone, "needs a user namespace of its own");
  const inside = await checkDescriptors(alone);
  expect(inside.detail).toContain("capabilities of the initial user namespace");
  expect(inside.remedy).toBe("Run it outside of the container, or let the container share the namespace of the host.");
});

it("ends, and says why it cannot say why, when its installation is removed under it", () => {
  // Beside the real one, so that its dependencies are found.
  const copy = mkdtempSync(join(dirname(MAIN), "..", ".removed-"));
  try {
    cpSync(dirname(MAIN), join(copy, "dist"), { recursive: true });
    cpSync(join(dirname(MAIN), "..", "package.json"), join(copy, "package.json"));
    for (const file of readdirSync(join(copy, "dist")))
      if (file !== "main.js" && !file.startsWith("chunk-")) rmSync(join(copy, "dist", file));
    const result = spawnSync(process.execPath, [join(copy, "dist/main.js"), "ls"], {
      encoding: "utf8",
      timeout: 15_000,
    });
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status: 70, stdout: "" });
    expect(result.stderr).toBe(
      "procmon: Procmon failed and cannot tell why: has its installation been removed meanwhile?\n",
    );
  } finally {
    rmSync(copy, { recursive: true });
  }
});

it("says that the disk is full, by a code of its own", () => {
  const full = openSync("/dev/full", "w");
  const result = spawnSync(process.execPath, [MAIN, "ls", "-a", "--json"], {
    encoding: "utf8",
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  expect(result.status).toBe(74);
  expect(result.stderr).toContain("procmon: Cannot write the output: ENOSPC");
});
