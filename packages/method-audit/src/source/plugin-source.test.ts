import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPluginSource } from "./plugin-source.ts";
import { createHeardSink, hasHeard, SOON } from "./source.test-kit.ts";

let folder = "";
let path = "";
let server: Server | undefined;
let clients: Socket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "procmon-plugin-"));
  path = join(folder, "events");
});
afterEach(async () => {
  await hangUp();
  rmSync(folder, { recursive: true });
});

/** Listens as auditd does. */
async function listen(): Promise<void> {
  clients = [];
  server = createServer((client) => void clients.push(client.on("error", () => {}))).listen(path);
  await once(server, "listening");
}

async function hangUp(): Promise<void> {
  for (const client of clients) client.destroy();
  if (server === undefined) return;
  const closed = once(server, "close");
  server.close();
  await closed;
  server = undefined;
}

async function client(): Promise<Socket> {
  await expect.poll(() => clients.length, SOON).toBe(1);
  return clients[0] as Socket;
}

const line = (serial: number) => `type=USER msg=audit(1795577966.174:${serial}): number=${serial}.\n`;

describe("createPluginSource", () => {
  test("takes lines in pieces, and says what is none", async () => {
    await listen();
    const heard = createHeardSink();
    const source = createPluginSource({ sink: heard, path });
    await source.start();
    const auditd = await client();
    auditd.write(`${line(1)}no record\n${line(2).slice(0, 20)}`);
    await expect.poll(() => heard.garbageCount, SOON).toBe(1);
    auditd.write(line(2).slice(20));
    await expect.poll(() => hasHeard(heard, "number=2."), SOON).toBe(true);
    await source.stop();
    expect(heard.words).toEqual([]);
    expect(source.stats()).toEqual({ records: 2, garbage: 1, restored: 0 });
  });

  test("comes back when auditd does, in another format too, and without the half line of before", async () => {
    await listen();
    const heard = createHeardSink();
    const source = createPluginSource({ sink: heard, path });
    await source.start();
    (await client()).write(`${line(1)}${line(2).slice(0, 12)}`);
    await expect.poll(() => hasHeard(heard, "number=1."), SOON).toBe(true);
    await hangUp();
    await expect.poll(() => heard.words, SOON).toEqual(["down: auditd has closed the connection."]);
    await listen();
    await expect.poll(() => heard.words.at(-1), SOON).toBe("up");
    const text = Buffer.from("audit(1795577966.174:3): number=3.");
    const header = Buffer.alloc(16);
    for (const [index, word] of [0, 16, 1005, text.length].entries()) header.writeUInt32LE(word, index * 4);
    (await client()).write(Buffer.concat([header, text]));
    await expect.poll(() => hasHeard(heard, "number=3."), SOON).toBe(true);
    await source.stop();
    expect(heard.records).toHaveLength(2);
    expect(source.stats()).toMatchObject({ records: 2, restored: 1 });
  });

  test("what has arrived is handed over before it stops", async () => {
    await listen();
    const heard = createHeardSink();
    const source = createPluginSource({ sink: heard, path });
    await source.start();
    const auditd = await client();
    const lines = Array.from({ length: 1000 }, (_, serial) => line(serial)).join("");
    await new Promise<void>((resolve) => auditd.write(lines, () => resolve()));
    await source.stop();
    expect(hasHeard(heard, "number=999.")).toBe(true);
    expect(heard.words).toEqual([]);
  });

  test("stops while it waits for auditd", async () => {
    await listen();
    const heard = createHeardSink();
    const source = createPluginSource({ sink: heard, path });
    await source.start();
    await client();
    await hangUp();
    await expect.poll(() => heard.words.length, SOON).toBe(1);
    await source.stop();
    await source.stop();
    expect(heard.words).toHaveLength(1);
  });

  test("says what is in the way", async () => {
    const start = (at: string) => createPluginSource({ sink: createHeardSink(), path: at }).start();
    await expect(start(path)).rejects.toMatchObject({
      code: "METHOD_UNAVAILABLE",
      message: expect.stringContaining("does not listen"),
      remedy: expect.stringContaining("active = yes"),
    });
    writeFileSync(path, "");
    await expect(start(path)).rejects.toMatchObject({ message: expect.stringContaining("Nobody listens") });
    await expect(start(join(path, "in", "a", "file"))).rejects.toMatchObject({ code: "METHOD_UNAVAILABLE" });
  });

  test("says whom the socket lets in, where this process is not among them", async () => {
    await listen();
    chmodSync(path, 0o640);
    chmodSync(folder, 0o711);
    const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
    const isRoot = uid === 0;
    if (isRoot) {
      process.setegid?.(65534);
      process.seteuid?.(65534);
    } else chmodSync(path, 0);
    const refused = createPluginSource({ sink: createHeardSink(), path }).start();
    const error = await refused.catch((cause: unknown) => cause);
    if (isRoot) {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
    expect(error).toMatchObject({
      message: isRoot
        ? `The socket ${path} may not be opened by this process: it belongs to user 0 and group 0, with permissions 0640.`
        : expect.stringContaining(`belongs to user ${uid} and group ${gid}`),
      remedy: expect.stringContaining("group"),
    });
  });
});
