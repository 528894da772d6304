import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { socketAddress, startFakeUi } from "./fake-ui.test-kit.ts";

// With the times that users have: a wait, or an answer, would take seconds.
const PROGRAM = `
  import { createMonitor } from "@procmon/core";
  import { linkToOpenSnitch } from ${JSON.stringify(join(import.meta.dirname, "link.ts"))};
  const method = {
    specVersion: 1, name: "fake",
    capabilities: {
      events: { connect: "complete" }, protocols: ["tcp"], execSafe: true, networkNamespaces: "own", blindSpots: [],
    },
    probe: async () => ({ result: "available", checks: [] }),
    start: async () => {}, stop: async () => {},
    findOwner: async () => ({ kind: "none", reason: "not-found" }),
  };
  const [address, state, holdMs, stopped] = process.argv.slice(1);
  const monitor = createMonitor({ methods: [method] });
  const link = linkToOpenSnitch(monitor, { address });
  // The start of the method is an alert.
  await monitor.start();
  while (link.state !== state) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, Number(holdMs)));
  if (link.state !== state) throw new Error(link.state);
  const since = performance.now();
  if (stopped === "link") await Promise.all([link.stop(), link.stop()]);
  await monitor.stop();
  while (link.state !== "stopped") await new Promise((resolve) => setImmediate(resolve));
  const left = process.getActiveResourcesInfo().filter((name) => name === "Timeout");
  console.log(JSON.stringify({ ms: performance.now() - since, left }));
`;

/**
 * Waits until the link has that state, stops it, and tells how long that took; and that the process then ended by
 * itself.
 */
async function stopIn(address: string, state: string, holdMs: number, stopped = "link"): Promise<number> {
  const args = [...process.execArgv, "--no-warnings", "--input-type=module", "-e", PROGRAM];
  const cwd = join(import.meta.dirname, "../..");
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, [...args, address, state, String(holdMs), stopped], { cwd, stdio: [...stdio] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (data) => {
    text += data;
  });
  const [code, signal] = await once(child, "close");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const { ms, left } = JSON.parse(text);
  expect(left).toEqual([]);
  return ms;
}

const AT_ONCE_MS = 1000;

test.for(["link", "monitor"])("while it is connected, by stopping the %s", async (stopped) => {
  const ui = await startFakeUi();
  expect(await stopIn(ui.address, "connected", 1500, stopped)).toBeLessThan(AT_ONCE_MS);
  await expect.poll(() => ui.open, { timeout: 10_000 }).toBe(0);
  expect(ui.pings.length).toBeGreaterThan(0);
});

test("while it waits", async () => {
  expect(await stopIn(socketAddress(), "waiting", 100)).toBeLessThan(AT_ONCE_MS);
});

test.for(["Subscribe", "Ping"] as const)("while %s is not answered", async (name) => {
  const ui = await startFakeUi({ hangs: [name] });
  expect(await stopIn(ui.address, "connecting", 500)).toBeLessThan(AT_ONCE_MS);
});

test("while an alert is not answered, and a process is being shown", async () => {
  const ui = await startFakeUi({ hangs: ["PostAlert"] });
  const stopped = stopIn(ui.address, "connected", 1500);
  await expect.poll(() => ui.open, { timeout: 20_000 }).toBe(1);
  ui.notify({ id: 9n, type: 13, data: String(process.pid) });
  expect(await stopped).toBeLessThan(AT_ONCE_MS);
  expect(ui.replies.filter(({ id }) => id === 9n).length).toBeGreaterThan(0);
  expect(ui.alerts).toHaveLength(1);
});

test("while what listens says nothing", async () => {
  const address = socketAddress();
  const server = createServer((socket) => socket.on("error", () => {}).resume());
  server.listen(address.slice(7));
  await once(server, "listening");
  onTestFinished(() => void server.close());
  expect(await stopIn(address, "connecting", 500)).toBeLessThan(AT_ONCE_MS);
});
