import { execFile } from "node:child_process";
import { fixturePath } from "@procmon-internal/fixtures";

/** One process of `connect-storm`, as it told of itself. */
export interface ShortLife {
  readonly pid: number;
  readonly port: number;
}

/** What `connect-storm` did. */
export interface ConnectStorm {
  /** The program that made the processes. */
  readonly pid: number;
  /** How it was called, itself included. */
  readonly args: readonly string[];
  readonly port: number;
  readonly lives: readonly ShortLife[];
}

/**
 * Makes so many processes, each of which connects to a port of 127.0.0.1.
 *
 * @param enter steps of the fixture `enter`
 * @throws Error if one could not connect
 */
export async function connectStorm(
  count: number,
  port: number,
  options: readonly string[],
  enter: readonly string[] = [],
): Promise<ConnectStorm> {
  const path = fixturePath("connect-storm");
  const args = [path, String(count), String(port), "tell", ...options];
  const [program, ...rest] = enter.length === 0 ? args : [fixturePath("enter"), enter.join(), ...args];
  let pid = 0;
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = execFile(program as string, rest, { maxBuffer: 1 << 26 }, (error, text) =>
      error === null ? resolve(text) : reject(error),
    );
    pid = child.pid ?? 0;
  });
  const lives = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number))
    .map(([life = 0, source = 0]) => ({ pid: life, port: source }));
  return { pid, args, port, lives };
}
