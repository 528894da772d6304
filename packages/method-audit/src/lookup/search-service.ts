import { createOwnerDescriber, holderVisibility, readStartTime } from "@procmon/core";
import { findNative } from "../native-access.ts";
import { createDescriptorPass } from "./descriptor-pass.ts";
import { createLastPid } from "./last-pid.ts";
import { createNamespaceDoors } from "./namespace-doors.ts";
import { createOwnerSearch, type SearchAnswer } from "./owner-search.ts";
import type { SearchReply, SearchRequest, SearchSettings } from "./search-messages.ts";
import { createSearchTables } from "./search-tables.ts";

/** Answers requests. All its work blocks the thread that it runs in: see `search-worker.ts`. */
export interface SearchService {
  handle(request: SearchRequest): void;
  /** Gives back what is open. */
  stop(): void;
}

/** Makes a service that replies by `post`. */
export async function createSearchService(
  settings: SearchSettings,
  post: (reply: SearchReply) => void,
): Promise<SearchService> {
  const { procfs } = settings;
  const native = settings.native ? (await findNative()).native : undefined;
  const doors = createNamespaceDoors({ procfs, mayList: true });
  const kernel = native?.createKernelTables(doors);
  const tables = createSearchTables(procfs, doors, kernel);
  const pass = createDescriptorPass(procfs, native);
  const owners = createOwnerSearch(procfs, tables, pass);
  const lastPids = createLastPid(procfs);
  let waiting: SearchRequest[] = [];

  /** Answers all that came in while the last ones were worked on: they share what is read. */
  function answerWaiting(): void {
    const requests = waiting;
    waiting = [];
    const lastPid = lastPids.read();
    let answers: SearchAnswer[];
    try {
      answers = owners.search(requests.flatMap(({ connections }) => connections));
    } catch (error) {
      for (const { id } of requests) post({ type: "failed", id, error });
      return;
    }
    const { tableQueries = 0, tableDumps = 0, tableFailures = 0 } = kernel?.counters ?? {};
    const counters = { ...pass.counters, tableReads: tables.reads, tableQueries, tableDumps, tableFailures };
    let at = 0;
    for (const { id, connections } of requests) {
      const own = answers.slice(at, at + connections.length);
      at += connections.length;
      const reply = { type: "answers" as const, id, answers: own, lastPid, counters };
      if (owners.visibility === undefined) post(reply);
      else {
        const { pidsReadable, pidsTotal, hiddenBy } = owners.visibility;
        post({ ...reply, visibility: { pidsReadable, pidsTotal, hiddenBy } });
      }
    }
  }

  /** The first time all this takes ten times as long, which is better spent before anybody waits. */
  function warmUp(): void {
    if (doors.own !== undefined) kernel?.find(doors.own, NOBODYS);
    holderVisibility(procfs, { pids: [process.pid], denied: [] });
    const startTime = readStartTime(procfs, process.pid);
    if (startTime !== undefined) createOwnerDescriber(procfs)({ pid: process.pid, startTime });
  }

  warmUp();
  return {
    handle(request) {
      if (waiting.push(request) === 1) setImmediate(answerWaiting);
    },
    stop() {
      waiting = [];
      kernel?.close();
      lastPids.close();
      pass.close();
    },
  };
}

/** TCP has no port 1 of a connection to itself, as a rule; and if it has, nothing comes of it. */
const NOBODYS = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 1 } as const;
