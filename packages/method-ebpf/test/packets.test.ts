import { type Fixture, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { type Place, startDriver } from "./support/socket-driver.ts";
import { watchTold } from "./support/watch-told.ts";
import { networkOf } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");
const COUNT = 3;

/** What `send-raw` tells; it sends {@link COUNT} packets of 64 bytes. */
interface Sender {
  readonly pid: number;
  readonly port: number;
}

describe.skipIf(missing)("of packets of other kinds is told", () => {
  const watched = watchTold();

  async function startSender(kind: string): Promise<{ sender: Fixture<Sender>; place: Place }> {
    const since = BigInt(Date.now()) * 1_000_000n;
    const sender = await spawnFixture<Sender>("send-raw", [kind, `${COUNT}`], { enter: ["net", "ping"] });
    return { sender, place: { netns: networkOf(sender), since } };
  }

  it.each([
    ["ping", "icmp 0.0.0.0:PORT > 127.0.0.1:0"],
    ["ping6", "icmp6 :::PORT > ::1:0"],
    ["raw", "raw 0.0.0.0:253 > 127.0.0.1:0"],
    ["hdrincl", "raw 0.0.0.0:255 > 127.0.0.1:0"],
    ["icmp6", "raw6 :::58 > ::1:0"],
    ["packet", "packet 0.0.0.0:0"],
  ])(
    "one flow for all that a socket sends to one target, and nothing of the kernel's answers: %s",
    async (kind, ends) => {
      const { sender, place } = await startSender(kind);
      await using _ = sender;
      const names = { [sender.pid]: "sender" };
      const flow = ends.replace("PORT", `${sender.ready.port}`);
      await watched.events.expectLines(place, names, [`flow ${flow} sender`]);
      await sender.stop();
      await watched.events.expectLines(place, names, [
        `flow ${flow} sender`,
        `close ${flow} sender ${COUNT * 64}/${kind === "packet" ? 0 : "?"}`,
      ]);
    },
  );

  it("nothing wrong of what comes back, of which the kernel does not say from whom", async () => {
    await using driver = await startDriver(["net"]);
    const socket = (await driver.do("socket 4 raw 253")).value;
    await driver.do(`sendto ${socket} 100 127.0.0.1 0`);
    // With its IP header.
    await driver.do(`recvfrom ${socket} 200`);
    await driver.do(`sendto ${socket} 50 127.0.0.2 0`);
    await driver.do(`close ${socket}`);
    await watched.events.expectLines(driver, { [driver.pid]: "sender" }, [
      "flow raw 0.0.0.0:253 > 127.0.0.1:0 sender",
      "flow raw 0.0.0.0:253 > 127.0.0.2:0 sender",
      "close raw 0.0.0.0:253 > 127.0.0.1:0 sender 100/?",
      "close raw 0.0.0.0:253 > 127.0.0.2:0 sender 50/?",
    ]);
  });

  it("what a connected one gets back", async () => {
    await using driver = await startDriver(["net", "ping"]);
    const socket = (await driver.do("socket 4 dgram 1")).value;
    await driver.do(`bind ${socket} 127.0.0.1 5000`);
    await driver.do(`connect ${socket} 127.0.0.1 0`);
    await driver.do(`send ${socket} 64`);
    expect((await driver.do(`recvfrom ${socket} 99`)).value).toBe(64);
    await driver.do(`close ${socket}`);
    await watched.events.expectLines(driver, { [driver.pid]: "sender" }, [
      "flow icmp 127.0.0.1:5000 > 127.0.0.1:0 sender",
      "close icmp 127.0.0.1:5000 > 127.0.0.1:0 sender 64/64",
    ]);
  });

  it("nothing, where the kernel answers what nobody has asked for", async () => {
    await using sender = await startDriver(["net"]);
    const socket = (await sender.do("socket 4 dgram 0")).value;
    await sender.do(`bind ${socket} 127.0.0.1 6000`);
    // To a port where nobody is: the kernel sends ICMP back, in this process's own context.
    await sender.do(`sendto ${socket} 10 127.0.0.1 7000`);
    const stream = (await sender.do("socket 4 stream 0")).value;
    await sender.do(`bind ${stream} 127.0.0.1 6001`);
    // And here a reset.
    await sender.try(`connect ${stream} 127.0.0.1 7000`);
    await watched.events.expectLines(sender, { [sender.pid]: "sender" }, [
      "flow udp 127.0.0.1:6000 > 127.0.0.1:7000 sender",
      "connect tcp 127.0.0.1:6001 > 127.0.0.1:7000 sender",
      "connect tcp 127.0.0.1:6001 > 127.0.0.1:7000 sender ECONNREFUSED",
      "close tcp 127.0.0.1:6001 > 127.0.0.1:7000 sender 0/0",
    ]);
  });
});
