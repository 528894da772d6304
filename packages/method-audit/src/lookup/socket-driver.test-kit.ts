import { readlinkSync, statSync } from "node:fs";
import { type CheckedConnection, checkConnection, DEFAULT_PROCFS, readStartTime } from "@procmon/core";
import { spawnFixture } from "@procmon-internal/fixtures";

/** What a system call of a {@link Driver} gave. */
interface Reply {
  readonly pid: number;
  readonly value: number;
  /** The errno, or 0. */
  readonly error: number;
  /** The local port of the socket that it gave or was about. */
  readonly port: number;
}

/** A process that does with sockets what it is told: the fixture `drive-sockets`. */
export interface Driver extends AsyncDisposable {
  readonly pid: number;
  readonly startTime: bigint;
  readonly netns: number;
  /** Does one thing, and gives what came of it, a failure as well. */
  try(line: string): Promise<Reply>;
  /** Does one thing. @throws Error if it failed */
  do(line: string): Promise<Reply>;
  /** The inode of the socket that a descriptor is. */
  inodeOf(fd: number): number;
}

/** Starts one, in the namespaces of steps of `enter`. */
export async function startDriver(...enter: readonly string[]): Promise<Driver> {
  const fixture = await spawnFixture<Reply>("drive-sockets", [], { enter });
  const { pid } = fixture;

  function attempt(line: string): Promise<Reply> {
    fixture.tell(line);
    return fixture.next();
  }

  return {
    pid,
    startTime: readStartTime(DEFAULT_PROCFS, pid) ?? 0n,
    netns: statSync(`/proc/${pid}/ns/net`).ino,
    try: attempt,
    async do(line) {
      const reply = await attempt(line);
      if (reply.value < 0) throw new Error(`"${line}" failed with errno ${reply.error}`);
      return reply;
    },
    inodeOf: (fd) => Number(/\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]),
    [Symbol.asyncDispose]: () => fixture.stop(),
  };
}

/** A listener of a driver, on a port that the kernel chose where none is given. */
export async function listenAt(driver: Driver, port = 0): Promise<{ readonly fd: number; readonly port: number }> {
  const { value: fd } = await driver.do("socket 4 stream 0");
  await driver.do(`bind ${fd} 127.0.0.1 ${port}`);
  const listening = await driver.do(`listen ${fd} 8`);
  return { fd, port: listening.port };
}

/** A connection of a driver to a port of this machine. */
export async function connectTo(driver: Driver, port: number): Promise<{ readonly fd: number; readonly port: number }> {
  const { value: fd } = await driver.do("socket 4 stream 0");
  const connected = await driver.do(`connect ${fd} 127.0.0.1 ${port}`);
  return { fd, port: connected.port };
}

/** The tuple of a socket of loopback in the driver's namespace; without a port of the peer, of a listener. */
export function loopback(
  { netns }: Pick<Driver, "netns">,
  srcPort: number,
  dstPort = 0,
  protocol: "tcp" | "udp" = "tcp",
): CheckedConnection {
  const dstIp = dstPort === 0 ? "0.0.0.0" : "127.0.0.1";
  return checkConnection({ protocol, srcIp: "127.0.0.1", srcPort, dstIp, dstPort, netns }, netns);
}
