import { createMonitor, ProcmonError } from "@procmon/core";
import { ebpfMethod } from "@procmon/method-ebpf";
import { fixturePath } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { HOOKS, type HookName, OPTIONAL_HOOKS } from "../src/hooks/hooks.ts";
import { playScene, sceneMissing, WHOLE_SCENE } from "./support/scene.ts";
import { type Couple, listenAt, startCouple } from "./support/socket-driver.ts";
import { recordTold } from "./support/told-events.ts";
import { between, told } from "./watching.ts";

const HOME = "127.0.0.1";

/** What is told otherwise without a hook, as `- line` and `+ line`. */
const COSTS: Readonly<Partial<Record<HookName, readonly string[]>>> = {
  connect: [`- connect tcp ${HOME}:6002 > ${HOME}:7001 client`],
  accept: [
    // It is never used.
    `- accept tcp ${HOME}:7000 > ${HOME}:6001 child`,
    `- close tcp ${HOME}:7000 > ${HOME}:6001 child 0/0`,
    `+ accept tcp ${HOME}:7000 > ${HOME}:6001 server?`,
    `+ close tcp ${HOME}:7000 > ${HOME}:6001 server? 0/0`,
  ],
  "connect-result": ["- connect tcp 0.0.0.0:0 > 192.0.2.1:7000 client ENETUNREACH"],
  payload: [
    "- close packet 0.0.0.0:0 sniffer 192/0",
    `- close raw 0.0.0.0:253 > ${HOME}:0 client 30/?`,
    `- close udp 0.0.0.0:6003 > ${HOME}:7003 client 10/5`,
    `- close udp ${HOME}:6004 > ${HOME}:7003 client 20/0`,
    `- close udp ${HOME}:7003 > ${HOME}:6003 child 5/10`,
    "- flow packet 0.0.0.0:0 sniffer",
    `+ close raw 0.0.0.0:253 > ${HOME}:0 client uncounted`,
    `+ close udp 0.0.0.0:6003 > ${HOME}:7003 client uncounted`,
    `+ close udp ${HOME}:6004 > ${HOME}:7003 client uncounted`,
    `+ close udp ${HOME}:7003 > ${HOME}:6003 child uncounted`,
  ],
  "raw-destinations": [`- close raw 0.0.0.0:253 > ${HOME}:0 client 30/?`, `- flow raw 0.0.0.0:253 > ${HOME}:0 client`],
  "packet-sockets": ["- close packet 0.0.0.0:0 sniffer 192/0"],
};

/** With all of them gone, some of it is one with another. */
const ALL_COSTS: readonly string[] = [
  ...(COSTS.connect ?? []),
  ...(COSTS["connect-result"] ?? []),
  // Some flows would be missing, and so none is told.
  ...WHOLE_SCENE.filter((line) => / (udp|raw|packet) /.test(line)).map((line) => `- ${line}`),
  // Nobody sees who accepts or uses it.
  ...[6000, 6001].flatMap((port) => {
    const ends = `tcp ${HOME}:7000 > ${HOME}:${port}`;
    const bytes = port === 6000 ? "40/100" : "0/0";
    return [
      `- accept ${ends} child`,
      `- close ${ends} child ${bytes}`,
      `+ accept ${ends} server?`,
      `+ close ${ends} server? ${bytes}`,
    ];
  }),
];

/** Whose is found while all is open, where nothing is missing. */
const OWNERS = ["exact client", "exact child", "exact child", "derived client", "exact client", "derived child"];

/** What is found otherwise, by its place in {@link OWNERS}. */
const OTHER_OWNERS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  accept: { 2: "derived listener server" },
  // Nobody sees which of those that hold a socket uses it.
  all: { 1: "derived listener server", 2: "derived listener server", 5: "derived server,child" },
};

const CASES = ["none", ...OPTIONAL_HOOKS, "all"] as const;

function hooksOf(name: (typeof CASES)[number]): readonly HookName[] {
  if (name === "none") return [];
  return name === "all" ? OPTIONAL_HOOKS : [name];
}

describe.skipIf(sceneMissing).each(CASES)("without hooks: %s,", (name) => {
  const withoutHooks = hooksOf(name);

  it("tells the rest as it is, and finds the owners that it can", async () => {
    await using monitor = createMonitor({ methods: [ebpfMethod({ withoutHooks })], strict: true });
    await monitor.start();
    const events = recordTold(monitor);
    const owners: string[] = [];
    await using scene = await playScene(async ({ place, client, server, child }) => {
      const names: Readonly<Record<string, string>> = { [client]: "client", [server]: "server", [child]: "child" };
      for (const tuple of [
        between("tcp", [HOME, 6000], [HOME, 7000]),
        between("tcp", [HOME, 7000], [HOME, 6000]),
        between("tcp", [HOME, 7000], [HOME, 6001]),
        between("udp", [HOME, 6003], [HOME, 7003]),
        between("udp", [HOME, 6004], [HOME, 7003]),
        between("udp", [HOME, 7003], [HOME, 6004]),
      ]) {
        const owner = told(await monitor.findOwner({ ...tuple, netns: place.netns }));
        owners.push(owner.replaceAll(/\d+/g, (pid) => names[pid] ?? pid));
      }
    });
    const costs = name === "all" ? ALL_COSTS : (COSTS[name as HookName] ?? []);
    const gone = costs.filter((line) => line.startsWith("- ")).map((line) => line.slice(2));
    const added = costs.filter((line) => line.startsWith("+ ")).map((line) => line.slice(2));
    await events.caughtUp();
    const expected = [...WHOLE_SCENE.filter((line) => !gone.includes(line)), ...added];
    await expect.poll(() => [...events.lines(scene.place, scene.names)].sort()).toEqual(expected.sort());
    expect(owners).toEqual(OWNERS.map((owner, at) => OTHER_OWNERS[name]?.[at] ?? owner));
    expect(monitor.stats().methodStats).toMatchObject({ brokenRecords: 0, lostRecords: 0 });
  });

  it("knows what is older: the processes, and the ends of connections", async () => {
    await using couple = await startCouple();
    const open = await openBefore(couple);
    await using monitor = createMonitor({ methods: [ebpfMethod({ withoutHooks })], strict: true });
    await monitor.start();
    const events = recordTold(monitor);
    const asked = { ...between("tcp", [HOME, 6000], [HOME, 7000]), netns: couple.netns };
    expect(told(await monitor.findOwner(asked))).toBe(`exact ${couple.client.pid}`);
    await open.end();
    const names = { [couple.client.pid]: "client", [couple.server.pid]: "server" };
    await events.expectLines(couple, names, [
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 12/0 of unknown age`,
      `close tcp ${HOME}:7000 > ${HOME}:6000 server 0/12 of unknown age`,
    ]);
    const closed = events.all.find((event) => event.type === "close" && event.connection.netns === couple.netns);
    expect(closed).toMatchObject({
      process: {
        path: fixturePath("drive-sockets"),
        tree: expect.arrayContaining([expect.objectContaining({ pid: process.pid })]),
      },
    });
  });

  it("says what it costs", async () => {
    const method = ebpfMethod({ withoutHooks });
    const { checks, result } = await method.probe();
    expect(result).toBe("available");
    const missing = checks.filter(({ result }) => result !== "available");
    expect(missing.map((check) => check.name).sort()).toEqual(withoutHooks.map((hook) => `hook-${hook}`).sort());
    for (const { cost } of missing) expect(cost).toMatch(/^[A-Z].*\.$/);
    const whole = ebpfMethod().capabilities.blindSpots ?? [];
    const { blindSpots = [] } = method.capabilities;
    expect(blindSpots).toEqual(expect.arrayContaining([...whole]));
    // Without the list of processes the start takes longer, and nothing is lost.
    const losing = withoutHooks.filter((hook) => hook !== "process-list");
    expect(blindSpots).toHaveLength(whole.length + losing.length);
  });
});

describe.skipIf(sceneMissing)("without the list of traffic,", () => {
  it("bytes are not told before a connection ends, rather than wrong", async () => {
    await using monitor = createMonitor({ methods: [ebpfMethod({ withoutHooks: ["traffic-list"] })], strict: true });
    await monitor.start();
    const error: unknown = await monitor.traffic().catch((reason: unknown) => reason);
    expect(ProcmonError.isInstance(error) && error.code).toBe("NOT_SUPPORTED");
  });
});

it("has costs for hooks that there are", () => {
  expect(HOOKS.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(COSTS)));
});

/** A connection from before. `end` sends 7 bytes more, and closes it. */
async function openBefore({ client, server }: Couple): Promise<{ end(): Promise<void> }> {
  const listener = await listenAt(server, HOME, 7000);
  const socket = (await client.do("socket 4 stream 0")).value;
  await client.do(`bind ${socket} ${HOME} 6000`);
  await client.do(`connect ${socket} ${HOME} 7000`);
  const accepted = (await server.do(`accept ${listener}`)).value;
  await client.do(`send ${socket} 5`);
  return {
    async end() {
      await client.do(`send ${socket} 7`);
      await server.do(`recv ${accepted} 12`);
      await client.do(`close ${socket}`);
      await server.do(`close ${accepted}`);
    },
  };
}
