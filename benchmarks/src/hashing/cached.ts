import { execFileSync } from "node:child_process";
import { createMonitor } from "@procmon/core";
import { hashing } from "@procmon/hashing";
import { timePerCall } from "../measure.ts";
import { against, report } from "../report.ts";
import { sized } from "../size.ts";

const CALLS = sized(20_000);

/** What a checksum costs that is known: for whoever asks, and for each event. */
export async function hashCached(): Promise<void> {
  await using monitor = createMonitor();
  const plain = await timePerCall(CALLS, () => monitor.findProcess(process.pid));
  const hasher = hashing({ algorithms: ["sha256", "md5"] });
  monitor.use(hasher);
  const own = await monitor.findProcess(process.pid);
  if (own?.checksums?.["process.hash.sha256"] === undefined) throw new Error(`no checksum: ${own?.checksumStatus}`);
  const found = await timePerCall(CALLS, () => monitor.findProcess(process.pid));
  const asked = await timePerCall(CALLS, () => hasher.hash(own));
  const ofEvent = await timePerCall(CALLS, () => hasher.peek(own));
  const shelled = await timePerCall(1, () => execFileSync("sha256sum", [own.path ?? ""]));
  report("hashing: the checksums of this very Node.js and its script, known already", [
    { name: "hash", value: asked, unit: "µs", limit: { value: 10 }, ...against("sha256sum", shelled) },
    { name: "for an event", value: ofEvent, unit: "µs", limit: { value: 10 } },
    { name: "findProcess with checksums", value: found, unit: "µs", ...against("without", plain) },
  ]);
}
