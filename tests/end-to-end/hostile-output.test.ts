import { spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { runCli } from "./support/run-cli.ts";
import type { MadeSocket } from "./support/sockets.ts";

needs("cc");

const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");
/** Everything that could move the cursor or forge a line, except the line ends of the output itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff]/u;

test.each([
  ["a name that clears the screen", ["comm", hex("\x1b[2J\r\x07x")]],
  ["a name that forges a second line", ["comm", hex("x\n99999 sshd")]],
  ["arguments of control bytes and no UTF-8", ["args", hex("a"), hex("\x1b]0;t\x07"), hex("\xff\xfe"), hex("\n\n")]],
])("%s cannot harm the terminal, and is whole in JSON", async (_, args) => {
  await using fixture = await spawnFixture("odd-process", args);
  const lines = (await runCli(["inspect", `${fixture.pid}`])).stdout;
  expect(lines).toContain(`${fixture.pid}`);
  expect(CONTROL.test(lines)).toBe(false);
  expect(lines).not.toMatch(/^99999 sshd/m);
  const json = await runCli(["inspect", `${fixture.pid}`, "--json"]);
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({ v: 1 });
});

test("every owner of a shared port is named by who, in the table and in JSON", async () => {
  interface Listeners {
    readonly pid: number;
    readonly port: number;
    readonly listeners: readonly MadeSocket[];
  }
  await using fixture = await spawnFixture<Listeners>("share-socket", ["reuse-port", "3"]);
  const { port, listeners } = fixture.ready;
  const table = await runCli(["who", `:${port}`]);
  const json = await runCli(["who", `:${port}`, "--json"]);
  expect([table.code, json.code]).toEqual([0, 0]);
  for (const { pid } of listeners) expect(table.stdout).toMatch(new RegExp(`\\b${pid}\\b`));
  const { sockets } = JSON.parse(json.stdout) as { sockets: { ownership: { owners: { pid: number }[] } }[] };
  const pids = sockets.flatMap(({ ownership }) => ownership.owners.map(({ pid }) => pid));
  expect(new Set(pids)).toEqual(new Set(listeners.map(({ pid }) => pid)));
});
