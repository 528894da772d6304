import type { HashReply, HashRequest } from "./hash-messages.ts";
import { openThreadChannel, type ThreadChannel } from "./thread-channel.ts";

/** What came of a request: an answer, or why the thread died over it. */
export type TaskEnd = { readonly reply: HashReply } | { readonly death: string };

/** A request that a thread works on. */
export interface Task {
  /** The thread does not answer. It is left alone, and another one may take its place; should it answer after all, it is ended. */
  abandon(): void;
}

/** The threads of a pool: made when there is work, ended when there is none for a while. */
export interface ThreadCrew {
  /** Whether a thread is free, or may be made. */
  readonly hasRoom: boolean;
  /** True where every thread that may be made hangs: nothing is computed until one of them answers. */
  readonly isLost: boolean;
  /** Threads that work or can work. */
  readonly threads: number;
  /** Those that were given up, and have not answered yet. */
  readonly abandoned: number;
  /** Only while it has room. `onEnd` is called once, when no thread works on it any more. Throws where no thread can be made. */
  run(request: HashRequest, onEnd: (end: TaskEnd) => void): Task;
  /** Ends all threads but those that hang, within half a second. */
  stop(): Promise<void>;
}

/** How a crew is made. */
export interface ThreadCrewOptions {
  /** How many at most. */
  readonly threads: number;
  /** Milliseconds after which a thread without work ends. */
  readonly idleMs: number;
  /** What the threads run, where that is not `hash-thread`. */
  readonly entry?: URL | undefined;
  /** It may have room now, or be lost no more. */
  onRoom(): void;
}

interface Member {
  readonly channel: ThreadChannel;
  onEnd?: ((end: TaskEnd) => void) | undefined;
  idleTimer?: NodeJS.Timeout;
}

/** Threads that hang are replaced so many times; beyond that, each takes a place. */
const SPARE_THREADS = 3;
/** Milliseconds that the end waits for threads that work. */
const STOP_MS = 500;

/** Makes it, without threads yet. */
export function createThreadCrew({ threads, idleMs, entry, onRoom }: ThreadCrewOptions): ThreadCrew {
  const members = new Set<Member>();
  const hung = new Set<Member>();
  const idle: Member[] = [];
  let stopped = false;
  let onEmpty: (() => void) | undefined;

  const places = (): number => Math.max(0, threads - Math.max(0, hung.size - SPARE_THREADS));

  function hire(): Member {
    const channel = openThreadChannel({ onReply: (reply) => replied(member, reply), onExit }, entry);
    const member: Member = { channel };
    function onExit(reason: string): void {
      members.delete(member);
      hung.delete(member);
      unlist(member);
      finish(member, { death: reason });
      if (members.size === 0) onEmpty?.();
      onRoom();
    }
    members.add(member);
    return member;
  }

  function replied(member: Member, reply: HashReply): void {
    const isOver = stopped || hung.has(member);
    if (!isOver) rest(member);
    finish(member, { reply });
    if (isOver) void member.channel.end();
    else onRoom();
  }

  function finish(member: Member, end: TaskEnd): void {
    const { onEnd } = member;
    member.onEnd = undefined;
    onEnd?.(end);
  }

  function rest(member: Member): void {
    member.channel.hold(false);
    idle.push(member);
    member.idleTimer = setTimeout(() => {
      unlist(member);
      void member.channel.end();
    }, idleMs).unref();
  }

  function unlist(member: Member): void {
    clearTimeout(member.idleTimer);
    const at = idle.indexOf(member);
    if (at >= 0) idle.splice(at, 1);
  }

  return {
    get hasRoom() {
      return !stopped && (idle.length > 0 || members.size < places());
    },
    get isLost() {
      return places() === 0;
    },
    get threads() {
      return members.size;
    },
    get abandoned() {
      return hung.size;
    },

    run(request, onEnd) {
      // The one that worked last, so that the others can end.
      const member = idle.pop() ?? hire();
      clearTimeout(member.idleTimer);
      member.onEnd = onEnd;
      member.channel.hold(true);
      member.channel.post(request);
      return {
        abandon() {
          if (member.onEnd !== onEnd || !members.delete(member)) return;
          hung.add(member);
          member.channel.interrupt();
          member.channel.hold(false);
        },
      };
    },

    async stop() {
      stopped = true;
      for (const member of members) {
        if (member.onEnd) member.channel.interrupt();
        else void member.channel.end();
      }
      if (members.size === 0) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, STOP_MS);
        onEmpty = () => {
          clearTimeout(limit);
          resolve();
        };
      });
      for (const member of members) member.channel.hold(false);
    },
  };
}
