import type { EmittedEvent, MonitorMethod, Process } from "@procmon/core";
import { flatText } from "../flat-text.ts";

/** Events of one process that come together. */
const EVENTS_OF_A_LIFE = 4;
const BURSTS_PER_SECOND = 100;

/** A method that makes events up, so that what delivers them can be measured apart from what sees them. */
export interface MadeUpMethod extends MonitorMethod {
  /** Emits so many events at this rate per second. Gives the seconds that took. */
  play(count: number, rate: number): Promise<number>;
}

/** Makes it. Each life is exec, connect, close and exit of a process of its own: about 1.5 kB of protobuf each. */
export function madeUpMethod(): MadeUpMethod {
  let emit: (event: EmittedEvent) => void = () => undefined;
  let number = 0;

  function emitNext(): void {
    const life = Math.floor(number / EVENTS_OF_A_LIFE);
    emit(eventOf(number % EVENTS_OF_A_LIFE, life));
    number++;
  }

  return {
    specVersion: 1,
    name: "made-up",
    capabilities: {
      events: { exec: "complete", connect: "complete", close: "complete", exit: "complete" },
      protocols: ["tcp"],
      execSafe: true,
      networkNamespaces: "all",
      blindSpots: [],
    },
    probe: async () => ({ result: "available", checks: [] }),
    async start(host) {
      emit = (event) => host.emit(event);
    },
    async stop() {},
    findOwner: async () => ({ kind: "none", reason: "not-found" }),
    play: (count, rate) =>
      new Promise((resolve) => {
        const began = performance.now();
        let played = 0;
        const timer = setInterval(() => {
          const due = Math.min(count, Math.floor(((performance.now() - began) / 1000) * rate));
          while (played < due) {
            emitNext();
            played++;
          }
          if (played < count) return;
          clearInterval(timer);
          resolve((performance.now() - began) / 1000);
        }, 1000 / BURSTS_PER_SECOND);
      }),
  };
}

let current: { life: number; process: Process } | undefined;

function eventOf(kind: number, life: number): EmittedEvent {
  if (current?.life !== life) current = { life, process: processOf(life) };
  const { process } = current;
  if (kind === 0) return { type: "exec", process };
  if (kind === 3) return { type: "exit", process, exitCode: 0 };
  const connection = {
    protocol: "tcp",
    srcIp: "10.0.0.1",
    srcPort: 1024 + (life % 60_000),
    dstIp: "192.168.100.200",
    dstPort: 443,
    netns: 4_026_531_840,
  } as const;
  const { pid, startTime, comm, path } = process;
  const owner = { pid, startTime, comm, fd: 3, ...(path === undefined ? {} : { path }) };
  const ownership = { kind: "process", confidence: "exact", via: "made-up", owners: [owner] } as const;
  if (kind === 1) return { type: "connect", connection, ownership, process };
  return { type: "close", connection, ownership, process, duration: 1_234_567n, bytesSent: 79n, bytesReceived: 1500n };
}

const PROGRAMS = 500;
const programs: Omit<Process, "pid" | "startTime">[] = Array.from({ length: PROGRAMS }, (_, number) =>
  programOf(number),
);

/** A life of its own; what it runs has been run before, as on any machine. */
function processOf(life: number): Process {
  const program = programs[life % PROGRAMS] as (typeof programs)[number];
  return { ...program, pid: 1000 + (life % 4_000_000), startTime: BigInt(100_000 + life) };
}

function programOf(number: number): Omit<Process, "pid" | "startTime"> {
  const path = flatText(`/usr/lib/made-up/bin/program-${number}`);
  return {
    ppid: 999,
    uid: 1000,
    gid: 1000,
    uids: { real: 1000, effective: 1000, saved: 1000 },
    gids: { real: 1000, effective: 1000, saved: 1000 },
    user: "ann",
    comm: "made-up",
    path,
    realPath: flatText(`/proc/4242/root${path}`),
    root: "/",
    args: Array.from({ length: 11 }, (_, index) => flatText(`--argument-number-${index}=${number}`)),
    cwd: "/home/ann/made-up",
    tree: Array.from({ length: 17 }, (_, index) => ({
      pid: 999 - index,
      startTime: BigInt(100_000 - index),
      path: flatText(`/usr/lib/systemd/some-daemon-${index}`),
    })),
    executable: { device: 2049, inode: 123_456n, size: 1_234_567n, mtime: 1_700_000_000_000_000_000n },
    exeKind: "file",
    cgroup: "/user.slice/user-1000.slice/session-1.scope",
    netns: 4_026_531_840,
    state: "S",
  };
}
