import { describe, expect, test } from "vitest";
import { someAccept, someConnect, someFlow, someProcess, startFakeMonitor } from "./fake-monitor.test-kit.ts";
import { startFakeUi } from "./fake-ui.test-kit.ts";
import { linkToOpenSnitch } from "./link.ts";
import { PATIENT, rowsOf, startFastLink } from "./start-link.test-kit.ts";

describe("a UI that is there", () => {
  test("gets this host, pings, and each connection once", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    const { link, told } = startFastLink(fake, { address: ui.address, name: "here" });
    expect(link.state).toBe("connecting");
    await expect.poll(() => link.state, PATIENT).toBe("connected");
    expect(ui.hosts).toMatchObject([{ name: "here", isFirewallRunning: false, rules: [] }]);
    expect(JSON.parse(ui.hosts[0]?.config ?? "")).toMatchObject({ ProcMonitorMethod: "fake", Server: { LogFile: "" } });
    await expect.poll(() => ui.replies, PATIENT).toMatchObject([{ id: 0n, code: 0 }]);
    for (const event of [someConnect(7), someAccept(8), someFlow(9)]) fake.host.emit(event);
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(3);
    const before = ui.pings.length;
    await expect.poll(() => ui.pings.length, PATIENT).toBeGreaterThan(before + 3);
    expect(rowsOf(ui)).toMatchObject([
      {
        unixnano: 7_000_000_000n,
        connection: { processId: 7, processPath: "/bin/p7", dstIp: "192.0.2.1", dstPort: 443 },
      },
      { connection: { processId: 8, srcPort: 80 } },
      { connection: { processId: 9, protocol: "udp" } },
    ]);
    expect(rowsOf(ui).every(({ rule }) => rule === undefined)).toBe(true);
    expect(ui.pings.at(-1)?.stats).toMatchObject({
      daemonVersion: "1.6.9",
      connections: 3n,
      accepted: 3n,
      dropped: 0n,
      ignored: 0n,
      byPort: { 443: 1n, 80: 1n, 53: 1n },
      byUid: { 1000: 3n },
    });
    expect(told).toEqual(["connected"]);
  });

  test("sees this host leave when the link stops, and when the monitor does", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    const first = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    await first.link.stop();
    expect(first.link.state).toBe("stopped");
    await expect.poll(() => ui.open, PATIENT).toBe(0);
    const second = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    await fake.monitor.stop();
    await expect.poll(() => second.link.state, PATIENT).toBe("stopped");
    await expect.poll(() => ui.open, PATIENT).toBe(0);
  });
});

describe("alerts", () => {
  test("tell of losses and of the method, and what they are", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    startFastLink(fake, { address: ui.address });
    fake.host.lost({ source: "ring", cause: "full", eventType: "connect", count: 12 });
    fake.host.lost({ source: "ring", cause: "full", eventType: "exec", count: 3 });
    fake.host.emit(someConnect(1));
    await expect.poll(() => ui.alerts.length, PATIENT).toBe(2);
    expect(ui.alerts).toMatchObject([
      { data: { case: "text", value: "12 connect events were lost (ring: full)." } },
      { data: { case: "text", value: "3 exec events were lost (ring: full)." } },
    ]);
    await expect.poll(() => ui.pings.at(-1)?.stats?.ignored, PATIENT).toBe(12n);
  });

  test("are of the types that are asked for, without the environment unless it is asked for too", async () => {
    const fake = await startFakeMonitor();
    const event = someConnect(5, { process: someProcess(5, { env: { SECRET: "s3cr3t" } }) });
    for (const [env, expected] of [
      [false, {}],
      [true, { SECRET: "s3cr3t" }],
    ] as const) {
      const ui = await startFakeUi();
      const { link } = startFastLink(fake, { address: ui.address, alerts: ["connect"], env });
      fake.host.emit(event);
      await expect.poll(() => ui.alerts, PATIENT).toMatchObject([{ data: { case: "conn", value: { processId: 5 } } }]);
      await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(1);
      expect(rowsOf(ui)[0]?.connection?.processEnv).toEqual(expected);
      expect(ui.alerts[0]?.data.value).toHaveProperty("processEnv", expected);
      await link.stop();
    }
  });

  test("a UI of version 1.5 takes none: that is told once, and all else goes on", async () => {
    const fake = await startFakeMonitor();
    const ui = await startFakeUi({ isOld: true });
    const { link, logged, told } = startFastLink(fake, { address: ui.address });
    const lose = () => fake.host.lost({ source: "ring", cause: "full", count: 1 });
    const isNoAlerts = (line: string) => /takes no alerts/.test(line);
    lose();
    await expect.poll(() => logged.filter(isNoAlerts).length, PATIENT).toBe(1);
    lose();
    fake.host.emit(someConnect(3));
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(1);
    expect(link.state).toBe("connected");
    ui.endStreams();
    await expect.poll(() => ui.hosts.length, PATIENT).toBe(2);
    lose();
    const before = ui.pings.length;
    await expect.poll(() => ui.pings.length, PATIENT).toBeGreaterThan(before + 3);
    expect(logged.filter(isNoAlerts)).toHaveLength(1);
    expect(told.filter((line) => line === "connected")).toHaveLength(2);
  });
});

describe("many connections", () => {
  test("go in several pings where one cannot hold them, and none comes twice", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    startFastLink(fake, { address: ui.address });
    const args = ["x", "y".repeat(10_000)];
    for (let pid = 1; pid <= 300; pid++) fake.host.emit(someConnect(pid, { process: someProcess(pid, { args }) }));
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(300);
    expect(rowsOf(ui).map(({ connection }) => connection?.processId)).toEqual([...Array(300).keys()].map((i) => i + 1));
    expect(ui.pings.filter(({ stats }) => (stats?.events.length ?? 0) > 0).length).toBeGreaterThan(2);
  });

  test("beyond what a ping is to tell are counted", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ hangs: ["Subscribe"] })];
    const options = { address: ui.address, maxEvents: 50, name: "busy" };
    const { link } = startFastLink(fake, options, { answerMs: 100 });
    for (let pid = 1; pid <= 5000; pid++) fake.host.emit(someConnect(pid));
    await expect.poll(() => ui.hosts.length, PATIENT).toBeGreaterThan(1);
    ui.kill();
    const next = await startFakeUi({ address: ui.address });
    await expect.poll(() => rowsOf(next).length, PATIENT).toBe(50);
    expect(rowsOf(next).map(({ connection }) => connection?.processId)).toEqual(
      [...Array(50).keys()].map((i) => i + 4951),
    );
    expect(next.pings.at(-1)?.stats).toMatchObject({ connections: 5000n, accepted: 5000n, ignored: 4950n });
    await link.stop();
  });
});

test("a user's function that throws harms nothing", async () => {
  const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
  const onState = () => {
    throw new Error("of the user");
  };
  const { link, logged } = startFastLink(fake, { address: ui.address, onState });
  await expect.poll(() => ui.pings.length, PATIENT).toBeGreaterThan(2);
  expect([link.state, logged.includes("onState has thrown")]).toEqual(["connected", true]);
});

test("options that make no sense are refused before anything begins", async () => {
  const { monitor } = await startFakeMonitor();
  const address = "unix:///nowhere/osui.sock";
  const wrong = [
    { address: "nowhere" },
    { address: "192.0.2.1:50051" },
    { address, maxEvents: 0 },
    { address, maxEvents: 1.5 },
    { address, name: "" },
    { address, version: "1.6" },
    { address, alerts: ["bang"] },
    { address, alerts: "lost" },
    { address, tls: { cert: "x" } },
    { address, env: "no" },
    undefined,
    null,
  ];
  for (const options of wrong) {
    const refused = expect.objectContaining({ code: "INVALID_OPTION", remedy: expect.any(String) });
    expect(() => linkToOpenSnitch(monitor, options as never), JSON.stringify(options)).toThrow(refused);
  }
});
