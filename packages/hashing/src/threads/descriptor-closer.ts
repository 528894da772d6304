import { close } from "node:fs";

/** Closes descriptors. */
export interface DescriptorCloser {
  /** Takes it over. */
  close(fd: number): void;
  /** Resolves once all are closed. */
  drain(): Promise<void>;
}

/**
 * Closes one after the other, and not in the calling thread: closing asks the server of a FUSE file system, which may never answer
 * (FUSE_FLUSH), and then takes away one of libuv's few threads, but no more.
 */
export function createDescriptorCloser(): DescriptorCloser {
  const waiting: number[] = [];
  const drained: (() => void)[] = [];
  let busy = false;

  function next(): void {
    const fd = waiting.shift();
    busy = fd !== undefined;
    if (fd === undefined) for (const resolve of drained.splice(0)) resolve();
    // Linux gives the number free also where it tells an error (close(2)).
    else close(fd, next);
  }

  return {
    close(fd) {
      waiting.push(fd);
      if (!busy) next();
    },
    drain: () => new Promise((resolve) => (busy ? drained.push(resolve) : resolve())),
  };
}
