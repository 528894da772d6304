import { describe, expect, it } from "vitest";
import { createEventOutbox, weightOf } from "./event-outbox.ts";
import type { ScannedEvent, ScanReply } from "./scan-messages.ts";

function setUp() {
  const replies: ScanReply[] = [];
  const outbox = createEventOutbox((reply) => replies.push(reply));
  const events = () => replies.flatMap((reply) => (reply.type === "events" ? reply.events : []));
  const lost = () => replies.reduce((sum, reply) => sum + (reply.type === "lost" ? reply.loss.count : 0), 0);
  return { outbox, replies, events, lost };
}

function exits(count: number): ScannedEvent[] {
  return Array.from({ length: count }, (_, at) => {
    return { type: "exit", time: 1n, process: { pid: at + 1, startTime: 1n, ppid: 1, comm: "x" } };
  });
}

describe("the outbox", () => {
  it("sends no more than is taken, and counts the rest", () => {
    const { outbox, replies, events, lost } = setUp();
    outbox.push(exits(40_000));
    const sent = events().length;
    expect(sent).toBe(16_384);
    expect(outbox.isFull).toBe(true);
    const messages = replies.length;
    outbox.push(exits(1000));
    expect(replies).toHaveLength(messages);
    const first = replies.find((reply) => reply.type === "events");
    if (first?.type !== "events") throw new Error("nothing was sent");
    outbox.taken(
      first.events.length,
      first.events.reduce((sum, event) => sum + weightOf(event), 0),
    );
    expect(lost()).toBe(41_000 - sent);
    outbox.push(exits(100));
    expect(events().length).toBe(sent + first.events.length);
  });

  it("keeps what nobody wants yet, and sends it in order", () => {
    const { outbox, events } = setUp();
    outbox.setLive(false);
    outbox.push(exits(3));
    outbox.push(exits(2));
    expect(events()).toEqual([]);
    outbox.setLive(true);
    expect(events()).toEqual([...exits(3), ...exits(2)]);
    outbox.setLive(false);
    outbox.push(exits(1));
    outbox.clear();
    outbox.setLive(true);
    expect(events()).toHaveLength(5);
  });
});
