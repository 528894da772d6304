import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const LEASE_HOLDER = `
  #define _GNU_SOURCE
  #include <fcntl.h>
  #include <signal.h>
  #include <unistd.h>
  int main(int argc, char **argv) {
    signal(SIGIO, SIG_IGN);
    int fd = open(argv[argc - 1], O_RDWR);
    if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0 || write(1, "x", 1) != 1) return 1;
    return read(0, &fd, 1) < 0;
  }`;

/** Starts somebody who has a write lease (F_SETLEASE of fcntl(2)) and does not mind that others want it back. */
export async function holdLease(path: string): Promise<{ end(): Promise<void> }> {
  const program = `${path}.holder`;
  execFileSync("cc", ["-x", "c", "-o", program, "-"], { input: LEASE_HOLDER });
  const child = spawn(program, [path], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const end = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(end);
  await once(child.stdout, "data");
  return { end };
}
