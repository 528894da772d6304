import { statSync } from "node:fs";
import { type FixtureName, fixturePath, spawnFixture } from "@procmon-internal/fixtures";

/** What a system call of a {@link Driver} gave. */
export interface Reply {
  readonly pid: number;
  readonly value: number;
  /** The errno, or 0. */
  readonly error: number;
  /** The local port of the socket that it gave or was about. */
  readonly port: number;
}

/** A network namespace, from when on it is meant: the kernel gives its number away again. */
export interface Place {
  readonly netns: number;
  /** Nanoseconds since the epoch. */
  readonly since: bigint;
}

/** A process that does with sockets what it is told: the fixture `drive-sockets`. */
export interface Driver extends Place, AsyncDisposable {
  readonly pid: number;
  /** Does one thing, and gives what came of it, a failure as well. */
  try(line: string): Promise<Reply>;
  /** Does one thing. @throws Error if it failed */
  do(line: string): Promise<Reply>;
  /** Begins something that returns only when others have done their part. */
  begin(line: string): { readonly reply: Promise<Reply> };
}

/** Starts one, in the namespaces of steps of `enter`. */
export async function startDriver(
  enter: readonly string[] = [],
  path: string = fixturePath("drive-sockets" satisfies FixtureName),
): Promise<Driver> {
  const since = BigInt(Date.now()) * 1_000_000n;
  const fixture = await spawnFixture<Reply>("drive-sockets", [], { enter, path });

  function begin(line: string): { readonly reply: Promise<Reply> } {
    fixture.tell(line);
    return { reply: fixture.next() };
  }

  return {
    pid: fixture.pid,
    netns: statSync(`/proc/${fixture.pid}/ns/net`).ino,
    since,
    try: (line) => begin(line).reply,
    async do(line) {
      const reply = await begin(line).reply;
      if (reply.value < 0) throw new Error(`"${line}" failed with errno ${reply.error}`);
      return reply;
    },
    begin,
    [Symbol.asyncDispose]: () => fixture.stop(),
  };
}

/** Two of them, in one network namespace that is theirs alone, so that they may take any port. */
export interface Couple extends Place, AsyncDisposable {
  readonly client: Driver;
  readonly server: Driver;
}

/** Starts both. */
export async function startCouple(...enter: readonly string[]): Promise<Couple> {
  const server = await startDriver(["net", ...enter]);
  const client = await startDriver([`join-net=${server.pid}`]);
  return {
    client,
    server,
    netns: server.netns,
    since: server.since,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A TCP listener of a driver: gives its descriptor. */
export async function listenAt(driver: Driver, ip: string, port: number, backlog = 8): Promise<number> {
  const { value } = await driver.do(`socket ${ip.includes(":") ? 6 : 4} stream 0`);
  await driver.do(`bind ${value} ${ip} ${port}`);
  await driver.do(`listen ${value} ${backlog}`);
  return value;
}
