import { execFileSync } from "node:child_process";
import { DEFAULT_PROCFS, readProcess } from "@procmon/core";
import { hashing } from "@procmon/hashing";
import { timePerCall } from "../measure.ts";
import { against, report } from "../report.ts";
import { sized } from "../size.ts";

const CALLS = sized(20_000);

/** What a checksum costs that is known: for whoever asks, and for each event. */
export async function hashCached(): Promise<void> {
  const read = readProcess(DEFAULT_PROCFS, process.pid);
  if (!read.ok) throw new Error(read.failure);
  const own = read.value;
  const hasher = hashing({ algorithms: ["sha256", "md5"] });
  await hasher.hash(own);
  const asked = await timePerCall(CALLS, () => hasher.hash(own));
  const ofEvent = await timePerCall(CALLS, () => hasher.peek?.(own));
  await hasher.stop?.();
  const shelled = await timePerCall(1, () => execFileSync("sha256sum", [own.path ?? ""]));
  report("hashing: the checksums of this very Node.js, known already", [
    { name: "hash", value: asked, unit: "µs", limit: { value: 10 }, ...against("sha256sum", shelled) },
    { name: "for an event", value: ofEvent, unit: "µs", limit: { value: 10 } },
  ]);
}
