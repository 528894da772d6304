import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";

/** What `drive-sockets` answers. */
interface Reply {
  readonly pid: number;
  readonly value: number;
  readonly error: number;
  readonly port: number;
}

/** A process that does with sockets what it is told. */
export interface SocketDriver extends AsyncDisposable {
  readonly pid: number;
  do(line: string): Promise<Reply>;
  /** Lets it end by itself. */
  exit(): Promise<void>;
}

/** Starts one. @param path a copy of the program */
export async function driveSockets(path?: string): Promise<SocketDriver> {
  const fixture = await spawnFixture<Reply>("drive-sockets", [], path === undefined ? {} : { path });
  return {
    pid: fixture.pid,
    do(line) {
      fixture.tell(line);
      return fixture.next();
    },
    async exit() {
      fixture.tell("exit");
      // Its output ends before the kernel has taken note of its end.
      await fixture.next().catch(() => {});
      await fixture.stop();
    },
    [Symbol.asyncDispose]: fixture.stop,
  };
}

/** Runs a program to its end, with nothing to read. Gives its pid. */
export async function runProgram(path: string, args: readonly string[]): Promise<number> {
  const child = spawn(path, args, { stdio: ["ignore", "ignore", "inherit"] });
  await once(child, "close");
  return child.pid as number;
}

const hex = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("hex") || "-";

/** Arguments of every kind. */
const ODD_ARGUMENTS: readonly (Uint8Array | string)[] = [
  "name",
  "",
  "a b",
  " ",
  "q\"uo'te",
  "two\nlines",
  "\x1b[2J\x7f",
  "ümläut €",
  Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0x80),
  "a7=fake",
  "deadbeef",
  '"quoted"',
  "",
];

/** Runs programs whose arguments and executables are odd. Gives their pids. */
export async function runOddPrograms(folder: string): Promise<readonly number[]> {
  const odd = fixturePath("odd-process");
  const spaced = join(folder, "prög ram");
  copyFileSync(odd, spaced);
  const script = join(folder, "scr ipt");
  writeFileSync(script, "#!/bin/sh -u\nexit 1\n", { mode: 0o755 });
  return [
    await runProgram(odd, ["args", ...ODD_ARGUMENTS.map(hex)]),
    // The kernel tells these in pieces, in several records.
    await runProgram("/bin/true", ["x".repeat(20_000), "y ü".repeat(7000), "end"]),
    await runProgram(
      "/bin/true",
      Array.from({ length: 3000 }, (_, i) => `${i}`.repeat(1 + (i % 5))),
    ),
    await runProgram(odd, ["memfd", "a b"]),
    await runProgram(spaced, ["no-args"]),
    await runProgram(script, ["a b"]),
    await runProgram("/bin/sh", ["-c", "exit 7"]),
  ];
}

/** Makes connections of many kinds. Gives the pids of those who did. @param beforeEnd while all but a child of theirs still run */
export async function makeOddConnections(
  folder: string,
  beforeEnd: () => Promise<unknown>,
): Promise<readonly number[]> {
  const path = join(folder, "deleted");
  copyFileSync(fixturePath("drive-sockets"), path);
  await using server = await driveSockets();
  await using client = await driveSockets(path);
  rmSync(path);

  await server.do("socket 4 stream 0");
  await server.do("bind 3 127.0.0.1 0");
  const { port } = await server.do("listen 3 8");
  await server.do("socket 6 stream 0");
  await server.do("bind 4 :: 0");
  const { port: port6 } = await server.do("listen 4 8");
  await server.do("socket 4 dgram 0");
  const { port: udp } = await server.do("bind 5 127.0.0.1 0");

  for (const [family, listener, to] of [
    [4, 3, `127.0.0.1 ${port}`],
    [6, 4, `::1 ${port6}`],
    [6, 4, `::ffff:127.0.0.1 ${port6}`],
  ]) {
    const { value: fd } = await client.do(`socket ${family} stream 0`);
    await client.do(`connect ${fd} ${to}`);
    await server.do(`accept ${listener}`);
  }
  // Not waited for; asked for what came of it; and once more, which is about nothing new.
  const { value: patient } = await client.do("socket 4 stream 0");
  await client.do(`nonblock ${patient}`);
  for (let round = 0; round < 3; round++) await client.do(`connect ${patient} 127.0.0.1 ${port}`);
  await server.do("accept 3");
  // Nobody listens; and what the kernel refuses.
  const { value: refused } = await client.do("socket 4 stream 0");
  await client.do(`connect ${refused} 127.0.0.1 1`);
  const { value: wrong } = await client.do("socket 4 stream 0");
  await client.do(`connect ${wrong} ::1 ${port6}`);

  const { value: sender } = await client.do("socket 4 dgram 0");
  for (const to of [udp, udp, 9]) await client.do(`sendto ${sender} 3 127.0.0.1 ${to}`);
  await client.do(`sendto ${sender} 3 255.255.255.255 9`);
  const { value: many } = await client.do("socket 4 dgram 0");
  await client.do(`sendmmsg ${many} 3 127.0.0.1 ${udp} ${udp}`);
  const { value: sender6 } = await client.do("socket 6 dgram 0");
  await client.do(`sendto ${sender6} 3 ::1 9`);
  await client.do(`sendto ${sender6} 3 ::ffff:127.0.0.1 ${udp}`);
  const { value: asking } = await client.do("socket 4 dgram 0");
  await client.do(`connect ${asking} 127.0.0.1 ${udp}`);

  const { pid: child } = await server.do("fork");
  const { value: own } = await server.do("socket 4 stream 0");
  await server.do(`connect ${own} 127.0.0.1 ${port}`);
  await server.do("exit");
  await beforeEnd();
  await Promise.all([client.exit(), server.exit()]);
  return [server.pid, client.pid, child];
}

/** Servers and clients of unix sockets and of TCP in turn, by the same descriptors, in a program with threads. Not in a hurry, so that each can be seen. */
const UNIX_PROGRAM = `
const { createServer, connect } = require("node:net");
const unix = process.argv[1];
const tcp = [0, "127.0.0.1"];
const serve = ([where, ...later]) => {
  if (where === undefined) process.exit(3);
  const server = createServer((socket) => setTimeout(() => socket.end(), 100)).listen(...where, () => {
    const { port } = server.address();
    connect(...(port === undefined ? where : [port, "127.0.0.1"])).resume().on("close", () => server.close(() => serve(later)));
  });
};
serve([[unix], tcp, [unix], tcp]);
`;

/** Runs it to its end. Gives its pid. */
export async function runUnixProgram(folder: string): Promise<number> {
  return runProgram(process.execPath, ["-e", UNIX_PROGRAM, join(folder, "unix.sock")]);
}
