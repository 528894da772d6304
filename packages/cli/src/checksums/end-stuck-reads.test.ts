import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
let pipe: string;

// To open a pipe that nobody writes to takes for ever, as it does with a file of a server that has gone.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "procmon-stuck-"));
  pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const IMPORTS = `import fs from "node:fs"; import { Worker } from "node:worker_threads"; import { setTimeout } from "node:timers/promises";`;
const THREAD = `const thread = new Worker("process.getBuiltinModule('node:fs').openSync(process.env.PIPE)", { eval: true });
  thread.unref();
  await setTimeout(1000);`;
const OPENING = "fs.open(process.env.PIPE, () => {});";

/** Runs a program in which `hasher` has so many threads. */
function run(threads: number, program: string) {
  const module = JSON.stringify(join(import.meta.dirname, "end-stuck-reads.ts"));
  const source = `${IMPORTS} import { endStuckReads, guardExit } from ${module};
    const hasher = { stats: () => ({ threads: { threads: ${threads}, abandoned: 0 } }) };
    const say = (sentence) => console.log(sentence);
    ${program}`;
  const args = ["--conditions=@procmon/source", "--input-type=module", "-e", source];
  const env = { PATH: process.env.PATH, PIPE: pipe };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, {
    env,
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, signal, said: stdout + stderr };
}

const ENDED = {
  status: null,
  signal: "SIGKILL",
  said: "A file system does not answer, so that this can only end by SIGKILL.\n",
};

test("a thread that hangs keeps Node from ending at all", () => {
  const args = ["--input-type=module", "-e", `${IMPORTS} ${THREAD} console.log("end"); process.exit(0);`];
  const env = { PATH: process.env.PATH, PIPE: pipe };
  const options = { env, timeout: 3000, killSignal: "SIGKILL", encoding: "utf8" } as const;
  expect(spawnSync(process.execPath, args, options)).toMatchObject({ signal: "SIGKILL", stdout: "end\n" });
});

test("an end that a thread or an opening holds up is made all the same, and told of", () => {
  expect(run(1, `${THREAD} await endStuckReads(hasher, say);`)).toEqual(ENDED);
  expect(run(0, `${OPENING} await endStuckReads(hasher, say);`)).toEqual(ENDED);
});

test("so is one by process.exit", () => {
  expect(run(1, `${THREAD} guardExit(hasher); process.exit(0);`)).toEqual({ ...ENDED, said: "" });
  expect(run(0, `${OPENING} guardExit(hasher); process.exit(0);`)).toEqual({ ...ENDED, said: "" });
});

test("where nothing hangs, all ends as it should", () => {
  const program = `guardExit(hasher); fs.stat("/", () => console.log("stat")); await endStuckReads(hasher, say); process.exit(3);`;
  expect(run(0, program)).toEqual({ status: 3, signal: null, said: "stat\n" });
});
