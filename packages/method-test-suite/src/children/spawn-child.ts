import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { CHILD_PROGRAM } from "./child-program.ts";

/** A socket of a child process. */
export interface ChildSocket {
  readonly port: number;
  readonly fd: number;
}

/** A child process with sockets. It ends when it is disposed of, or when this process ends. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** A TCP listener. @default port a free one */
  listen(host: string, port?: number): Promise<ChildSocket>;
  /** A TCP connection. */
  connect(host: string, port: number): Promise<ChildSocket>;
  /** A UDP socket on a free port; with `peerPort` connected, and one datagram sent. */
  udp(host: string, peerPort?: number): Promise<ChildSocket>;
  /** Sends so many bytes over the connection that it made last, and waits until the kernel has taken them. */
  send(bytes: number): Promise<void>;
  /** Starts a grandchild that holds the last socket too. */
  share(): Promise<{ readonly pid: number }>;
  /** Closes all its sockets. */
  close(): Promise<void>;
  end(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Starts a child and waits until it listens to orders. */
export async function spawnChild(): Promise<Child> {
  const child = spawn(process.execPath, ["-e", CHILD_PROGRAM], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on("message", (answer: Answer) => waiting.get(answer.id)?.(answer));
  child.on("exit", () => {
    for (const [id, answer] of waiting) answer({ id, error: "the child process ended" });
  });
  let lastId = 0;
  function answerTo<T>(id: number): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.set(id, (answer) => {
        waiting.delete(id);
        if (answer.error === undefined) resolve(answer.result as T);
        else reject(new Error(answer.error));
      });
    });
  }
  function order<T>(action: string, options: object = {}): Promise<T> {
    lastId += 1;
    const answer = answerTo<T>(lastId);
    child.send({ id: lastId, action, options });
    return answer;
  }
  await answerTo(0);
  const end = () => endChild(child);
  return {
    pid: child.pid as number,
    listen: (host, port = 0) => order("listen", { host, port }),
    connect: (host, port) => order("connect", { host, port }),
    udp: (host, peerPort) => order("udp", { host, peerPort }),
    send: (bytes) => order("send", { bytes }),
    share: () => order("share"),
    close: () => order("close"),
    end,
    [Symbol.asyncDispose]: end,
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
