import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type LineProcess, startLineProcess } from "../line-process.ts";
import { against, report } from "../report.ts";
import { sized } from "../size.ts";
import { nodeCommand } from "../start-monitor.ts";
import type { Received } from "./clients-process.ts";
import type { ServerRun } from "./server-process.ts";

const CWD = fileURLToPath(new URL("../..", import.meta.url));
/** Milliseconds without an event after which all have come. */
const QUIET_MS = 500;
const WARM_UP = { count: 20_000, rate: 20_000 };

/** What both sides tell of one run. */
interface Run extends ServerRun, Received {
  readonly sent: number;
}

/** Events of a monitor over a unix socket: what one client and many get, and what that costs the server. */
export async function watchSpeed(): Promise<void> {
  const one = { count: sized(600_000), rate: 60_000 };
  const many = { count: sized(10_000), rate: 1000 };
  const grpc = await play("grpc", 1, one);
  const json = await play("json", 1, { ...one, rate: one.rate / 4, count: one.count / 4 });
  const idle = await play("grpc", 0, one);
  const hundred = await play("grpc", 100, many);
  const perEvent = (run: Run): number => run.cpu / run.sent;
  report(`serving: Watch over a unix socket, events of ${Math.round(grpc.bytes / grpc.events)} bytes`, [
    { name: "events per second to one client", value: grpc.events / grpc.seconds, unit: "", limit: { least: 50_000 } },
    { name: "  lost", value: grpc.lost, unit: "", limit: { value: 0 } },
    {
      name: "  server's CPU per event, monitor included",
      value: perEvent(grpc),
      unit: "µs",
      ...against("JSON lines on a socket", perEvent(json)),
      limit: { value: 15 },
    },
    { name: "  of which without any client", value: perEvent(idle), unit: "µs" },
    {
      name: "100 clients at 1,000 events/s each: events per second",
      value: hundred.events / hundred.seconds,
      unit: "",
    },
    { name: "  lost or missing", value: hundred.sent * 100 - hundred.events, unit: "", limit: { value: 0 } },
    { name: "  server's CPU per delivered event", value: hundred.cpu / (hundred.sent * 100), unit: "µs" },
  ]);
}

/** What has come since it was last asked, as soon as no more comes. */
async function receivedBy(readers: LineProcess): Promise<Received> {
  let [events, lost, bytes] = [0, 0, 0];
  for (;;) {
    readers.tell("");
    const more = await readers.next<Received>();
    events += more.events;
    lost += more.lost;
    bytes += more.bytes;
    if (more.events === 0 && more.lost === 0) return { events, lost, bytes };
    await sleep(QUIET_MS);
  }
}

async function play(way: "grpc" | "json", clients: number, run: { count: number; rate: number }): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const path = join(folder, "socket");
  try {
    const server = await startLineProcess(nodeCommand("./serve/server-process.ts", way, path), CWD);
    const readers = await startLineProcess(nodeCommand("./serve/clients-process.ts", way, path, `${clients}`), CWD);
    const ask = async (asked: { count: number; rate: number }): Promise<Run> => {
      server.tell(JSON.stringify(asked));
      const served = await server.next<ServerRun>();
      return { ...served, ...(await receivedBy(readers)), sent: asked.count };
    };
    await ask(WARM_UP);
    const result = await ask(run);
    await readers.ended();
    await server.ended();
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
