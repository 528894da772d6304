import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { linkToOpenSnitch, type OpenSnitchLink } from "@procmon/serialize-grpc/opensnitch-link";
import {
  type Fixture,
  fixturePath,
  type OpenSnitchUi,
  requirement,
  spawnFixture,
  startOpenSnitchUi,
  type UiReply,
} from "@procmon-internal/fixtures";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import type { MadeSocket } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("opensnitch-ui", "cc");

const NAME = "procmon-test-host";
const WAIT = { timeout: 30_000, interval: 100 };
const ERROR = 1;
/** What the UI prints when it met something that it cannot take. */
const FAULT = /exception: |Traceback/;

let ui: OpenSnitchUi;
let server: { readonly port: number };

beforeEach(async () => {
  // Hooks run also where the tests are skipped.
  if (requirement("opensnitch-ui", "cc") !== undefined) return;
  ui = await startOpenSnitchUi();
  onTestFinished(() => ui.stop());
  server = await listenTcp();
  await ui.ask("show");
});

async function listenTcp(): Promise<{ readonly port: number }> {
  const listener = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1");
  onTestFinished(() => void listener.close());
  await once(listener, "listening");
  return { port: (listener.address() as AddressInfo).port };
}

/** A monitor of this machine, and its link to the UI. */
async function link(): Promise<OpenSnitchLink> {
  const monitor = await startMonitor();
  onTestFinished(() => monitor.stop());
  const linked = linkToOpenSnitch(monitor, { address: ui.address, name: NAME });
  onTestFinished(() => linked.stop());
  await isOnline();
  return linked;
}

/** A process with a connection to the server, until the test ends. */
async function makeConnection(path: string = fixturePath("open-socket")): Promise<Fixture<MadeSocket>> {
  const args = ["tcp", "-", "0", `connect=127.0.0.1/${server.port}`];
  const made = await spawnFixture<MadeSocket>("open-socket", args, { path });
  onTestFinished(() => made.stop());
  return made;
}

/** Waits until this host is a node of the UI, and listens to it. */
async function isOnline(): Promise<void> {
  const node = { hostname: NAME, addr: "/local", status: expect.stringContaining("online") };
  await expect.poll(() => ui.ask("read_rows", "nodes"), WAIT).toMatchObject([node]);
  // The first answer is the greeting.
  const greeting = expect.objectContaining({ id: "0" });
  await expect.poll(() => ui.ask("read_replies"), WAIT).toContainEqual(greeting);
}

/** The row of a process's connection, once it is there. */
async function rowOf({ ready }: Fixture<MadeSocket>): Promise<Readonly<Record<string, unknown>>> {
  const rows = async () => {
    const all = await ui.ask("read_rows", "connections");
    return all.filter((row) => row.pid === `${ready.pid}` && row.src_port === `${ready.port}`);
  };
  await expect.poll(rows, WAIT).toHaveLength(1);
  return (await rows())[0] ?? {};
}

/** What the UI has to tell of it. */
function storyOf(made: Fixture<MadeSocket>, path: string): Readonly<Record<string, unknown>> {
  return {
    node: "unix:/local",
    protocol: "tcp",
    src_ip: "127.0.0.1",
    src_port: `${made.ready.port}`,
    dst_ip: "127.0.0.1",
    dst_port: `${server.port}`,
    uid: `${process.getuid?.()}`,
    pid: `${made.pid}`,
    process: path,
    // The program itself cuts its last argument in two.
    process_args: `${path} tcp - 0 connect=127.0.0.1 ${server.port}`,
    process_cwd: process.cwd(),
    // Nothing is decided.
    action: "",
    rule: "",
  };
}

test("a connection and its process are in the UI's database, and in its window", async () => {
  await link();
  const made = await makeConnection();
  const path = fixturePath("open-socket");
  expect(await rowOf(made)).toMatchObject(storyOf(made, path));
  await expect.poll(() => ui.ask("read_rows", "procs"), WAIT).toContainEqual(expect.objectContaining({ what: path }));

  const [titles = [], ...rows] = await ui.ask("read_table");
  const painted = rows.map((row) => `${row[titles.indexOf("Process")]} ${row[titles.indexOf("Destination")]}`);
  expect(painted.join("\n")).toMatch(new RegExp(`^${path} 127\\.0\\.0\\.1.*${server.port}$`, "m"));
  await expect.poll(async () => Number((await ui.ask("read_status")).consLabel), WAIT).toBeGreaterThan(0);
  expect(await ui.ask("read_status")).toMatchObject({ isShown: true, droppedLabel: "0", rulesLabel: "0" });

  await ui.ask("widen_columns");
  const file = join(scratchFolder(), "screen.png");
  const { width, height, colors } = await ui.ask("screenshot", file);
  expect(readFileSync(file).subarray(1, 4).toString()).toBe("PNG");
  expect(width * height).toBeGreaterThan(640 * 480);
  expect(colors).toBeGreaterThan(10);
  // It complains of a node whose version it does not like.
  expect(await ui.ask("read_dialogs")).toEqual([]);
  expect(ui.said()).not.toMatch(FAULT);
});

test("a hostile name comes as it is, and does no harm", async () => {
  await link();
  const path = join(scratchFolder(), "a\n<img src='x'>\u202e\u001b[31m\"; drop table nodes; --");
  copyFileSync(fixturePath("open-socket"), path);
  const made = await makeConnection(path);
  expect(await rowOf(made)).toMatchObject(storyOf(made, path));
  await isOnline();
  expect(ui.said()).not.toMatch(FAULT);
});

/** What the node said that it does not do. */
async function refusals(): Promise<readonly UiReply[]> {
  return (await ui.ask("read_replies")).filter(({ code }) => code === ERROR);
}

test("whatever it is told to do, the node refuses politely, and goes on", async () => {
  await link();
  await ui.ask("delete_rule", "some-rule");
  await ui.ask("set_log_level", 2);
  await expect.poll(refusals, WAIT).toHaveLength(2);
  for (const { data } of await refusals()) expect(data).toMatch(/^[A-Z].*\.$/);
  const made = await makeConnection();
  expect(await rowOf(made)).toMatchObject({ pid: `${made.pid}` });
  expect(ui.said()).not.toMatch(FAULT);
});

test("the button that starts and stops the interception does no harm", async () => {
  await link();
  // Twice: to load the firewall, and to unload it. This version of the UI ends when the answer is an error.
  await ui.ask("press_start_button");
  await ui.ask("press_start_button");
  // It answers one after the other: those to the button come before.
  await ui.ask("set_log_level", 2);
  await expect.poll(refusals, WAIT).toHaveLength(1);
  const made = await makeConnection();
  expect(await rowOf(made)).toMatchObject({ pid: `${made.pid}` });
  expect(ui.said()).not.toMatch(FAULT);
});

test("its window with the details of a process is filled, and told when the process has ended", async () => {
  await link();
  const made = await makeConnection();
  await ui.ask("watch_process", made.pid);
  const details = () => ui.ask("read_details");
  await expect.poll(async () => (await details()).status, WAIT).toMatch(/^Name:\topen-socket$/m);
  const { args, cwd, memory, isShown } = await details();
  expect(args).toContain(`tcp - 0 connect=127.0.0.1 ${server.port}`);
  expect(cwd).toContain(process.cwd());
  expect(memory).toMatch(/RSS:<\/b> \d+MB/);
  expect(isShown).toBe(true);
  await made.stop();
  await expect.poll(() => ui.ask("read_dialogs"), WAIT).toEqual([expect.stringMatching(/process/)]);
  await ui.ask("close_details");
  await isOnline();
  expect(ui.said()).not.toMatch(FAULT);
});

test.each(["kill", "close"] as const)("after the UI's %s and another start the node is there again", async (end) => {
  await link();
  await rowOf(await makeConnection());
  await ui[end]();
  await ui.startAgain();
  await isOnline();
  const made = await makeConnection();
  expect(await rowOf(made)).toMatchObject(storyOf(made, fixturePath("open-socket")));
});

test("the node takes its leave when the link is stopped", async () => {
  const linked = await link();
  await linked.stop();
  const node = { hostname: NAME, status: expect.stringContaining("offline") };
  await expect.poll(() => ui.ask("read_rows", "nodes"), WAIT).toMatchObject([node]);
  expect(ui.said()).not.toMatch(FAULT);
});
