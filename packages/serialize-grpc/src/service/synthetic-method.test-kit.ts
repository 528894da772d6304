import type {
  ConnectEvent,
  EmittedEvent,
  ExecEvent,
  Loss,
  MethodHost,
  MonitorMethod,
  Ownership,
  Process,
  SocketEntry,
} from "@procmon/core";

/** A method that emits what a test wants. */
export interface SyntheticMethod extends MonitorMethod {
  emit(event: EmittedEvent): void;
  lost(loss: Loss): void;
  /** Whether anybody reads events of that type. */
  wants: MethodHost["wants"];
}

/** What it answers. */
export interface SyntheticAnswers {
  findOwner?(): Promise<Ownership>;
  /** @default none */
  readonly sockets?: readonly SocketEntry[];
  /** Waits in front of each socket. */
  pause?(): Promise<void>;
}

/** Makes one, for `createMonitor({ methods: [method] })`. */
export function syntheticMethod(answers: SyntheticAnswers = {}): SyntheticMethod {
  let host: MethodHost | undefined;

  function started(): MethodHost {
    if (host === undefined) throw new Error("The method has not been started.");
    return host;
  }

  return {
    specVersion: 1,
    name: "synthetic",
    capabilities: {
      events: { exec: "complete", fork: "complete", exit: "complete", connect: "complete", close: "complete" },
      protocols: ["tcp"],
      execSafe: true,
      networkNamespaces: "own",
      blindSpots: [],
    },
    async probe() {
      return { result: "available", checks: [] };
    },
    async start(given) {
      host = given;
    },
    async stop() {},
    findOwner: answers.findOwner ?? (async () => ({ kind: "none", reason: "not-found" })),
    async *snapshot() {
      for (const socket of answers.sockets ?? []) {
        await answers.pause?.();
        yield socket;
      }
    },
    stats: () => ({ emptiness: 0.5 }),
    emit: (event) => started().emit(event),
    lost: (loss) => started().lost(loss),
    wants: (type) => host?.wants(type) ?? false,
  };
}

/** A process that need not exist; with `weight`, it has about that many bytes of arguments. */
export function syntheticProcess(pid: number, weight = 0): Process {
  const path = `/usr/bin/program-${pid % 100}`;
  return {
    pid,
    startTime: BigInt(pid) * 100n,
    ppid: 1,
    uid: 1000,
    gid: 1000,
    user: "ann",
    comm: `program-${pid % 100}`,
    path,
    args: weight > 0 ? [path, ...new Array<string>(Math.ceil(weight / 100)).fill("a".repeat(98))] : [path],
    cwd: "/home/ann",
    env: { SECRET: "xyzzy" },
    tree: [
      { pid, path, startTime: BigInt(pid) * 100n, comm: `program-${pid % 100}` },
      { pid: 1, path: "/sbin/init", startTime: 1n, comm: "init" },
    ],
    exeKind: "file",
    state: "S",
  };
}

/** Its exec, as a method emits it. */
export function execOf(pid: number, weight = 0): Omit<ExecEvent, "time" | "method"> {
  return { type: "exec", process: syntheticProcess(pid, weight) };
}

/** A connection to that port by that process, as a method emits it. */
export function connectOf(pid: number, dstPort: number, process?: Process): Omit<ConnectEvent, "time" | "method"> {
  const { startTime, comm, path } = process ?? syntheticProcess(pid);
  return {
    type: "connect",
    connection: { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 40_000, dstIp: "127.0.0.1", dstPort, netns: 1 },
    ownership: {
      kind: "process",
      confidence: "exact",
      via: "synthetic",
      owners: [{ pid, startTime, comm, ...(path !== undefined && { path }), fd: 3 }],
    },
    ...(process && { process }),
  };
}

/** A listener on that port. */
export function listenerAt(srcPort: number): SocketEntry {
  return {
    family: "inet",
    state: "listen",
    inode: 1000 + srcPort,
    uid: 0,
    netns: 1,
    connection: { protocol: "tcp", srcIp: "0.0.0.0", srcPort, dstIp: "0.0.0.0", dstPort: 0, netns: 1 },
    ownership: { kind: "none", reason: "unheld" },
  };
}
