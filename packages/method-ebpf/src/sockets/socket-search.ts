import { sharedInodes } from "./shared-sockets.ts";
import { readSocketList, type SocketList } from "./socket-list.ts";

/** Lists the sockets that processes hold. */
export interface SocketSearch {
  /**
   * A list that was begun after the call. All that call while one is being made share the next one.
   *
   * @throws NativeError as the iterator does
   */
  search(): Promise<SocketList>;
  /** As `search`, but only `onList` hears of it, and of no more than the sockets that several processes hold: a list of 100,000 takes much memory. */
  seed(): Promise<void>;
  /** How many lists were made. */
  readonly runs: number;
}

/**
 * Makes a search.
 *
 * @param run runs the kernel's iterator of descriptors, off this thread, and gives all that it writes
 * @param now nanoseconds of CLOCK_BOOTTIME
 * @param onList is told of each list, and when it was begun
 */
export function createSocketSearch(
  run: () => Promise<Uint8Array>,
  now: () => bigint,
  onList?: (list: SocketList, began: bigint) => void,
): SocketSearch {
  let runs = 0;
  let running: Promise<unknown> | undefined;
  let next: Promise<SocketList> | undefined;

  async function list(read: (bytes: Uint8Array) => SocketList): Promise<SocketList> {
    runs++;
    const began = now();
    const sockets = read(await run());
    onList?.(sockets, began);
    return sockets;
  }

  function begin(): Promise<SocketList> {
    const made = list((bytes) => readSocketList(bytes));
    const ended = made.then(
      () => {},
      () => {},
    );
    running = ended;
    void ended.then(() => {
      if (running === ended) running = undefined;
    });
    return made;
  }

  return {
    search() {
      if (running === undefined) return begin();
      next ??= running.then(() => {
        next = undefined;
        return begin();
      });
      return next;
    },
    async seed() {
      await list((bytes) => readSocketList(bytes, sharedInodes(bytes)));
    },
    get runs() {
      return runs;
    },
  };
}
