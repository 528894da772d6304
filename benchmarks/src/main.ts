// `npm run bench`, or `npm run bench -- lookup listing`: prints ratios of what was measured in this very run. With --small, a tenth of it.
import { auditCost } from "./audit/audit-cost.ts";
import { auditParse } from "./audit/audit-parse.ts";
import { auditShort } from "./audit/audit-short.ts";
import { bytes } from "./ebpf/bytes.ts";
import { connections } from "./ebpf/connections.ts";
import { events } from "./ebpf/events.ts";
import { kernelLookup } from "./ebpf/kernel-lookup.ts";
import { lives } from "./ebpf/lives.ts";
import { memory } from "./ebpf/memory.ts";
import { shortLives } from "./ebpf/short-lives.ts";
import { start } from "./ebpf/start.ts";
import { hashCached } from "./hashing/cached.ts";
import { hashShortLives } from "./hashing/short-lives.ts";
import { hashSpeed } from "./hashing/speed.ts";
import { importing } from "./importing.ts";
import { listing } from "./listing.ts";
import { lookup } from "./lookup.ts";
import { miss } from "./miss.ts";
import { serialize } from "./serialize/serialize.ts";
import { watchSpeed } from "./serve/watch-speed.ts";
import { tables } from "./sock-diag.ts";
import { storm } from "./storm.ts";

const subjects = {
  lookup,
  miss,
  listing,
  importing,
  storm,
  tables,
  "ebpf-lives": lives,
  "ebpf-short": shortLives,
  "ebpf-connections": connections,
  "ebpf-events": events,
  "ebpf-lookup": kernelLookup,
  "ebpf-start": start,
  "ebpf-memory": memory,
  "ebpf-bytes": bytes,
  "audit-cost": auditCost,
  "audit-parse": auditParse,
  "audit-short": auditShort,
  "hash-speed": hashSpeed,
  "hash-cached": hashCached,
  "hash-short": hashShortLives,
  serialize,
  "serve-watch": watchSpeed,
};

const asked = process.argv.slice(2).filter((name) => name !== "--small");
for (const name of asked) {
  if (!(name in subjects)) {
    console.error(`There is no benchmark "${name}"; there are: ${Object.keys(subjects).join(", ")}.`);
    process.exit(2);
  }
}
for (const [name, subject] of Object.entries(subjects)) {
  if (asked.length === 0 || asked.includes(name)) await subject();
}
