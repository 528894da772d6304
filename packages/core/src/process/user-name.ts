import { statSync } from "node:fs";
import { readProcFile } from "../procfs/read-proc-file.ts";
import { decodeBytes } from "../text/decode-bytes.ts";

const PASSWD = "/etc/passwd";
/** How often the file is asked whether it has changed. */
const CHECK_MS = 1000;

let names: ReadonlyMap<number, string> = new Map();
let modified: bigint | undefined;
let checkedAt = 0;

/** The name of a user in this machine's `/etc/passwd`, which is read again when it has changed. */
export function userName(uid: number): string | undefined {
  const age = Date.now() - checkedAt;
  if (age >= CHECK_MS || age < 0) reload();
  return names.get(uid);
}

function reload(): void {
  checkedAt = Date.now();
  const now = statSync(PASSWD, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  if (now !== undefined && now === modified) return;
  modified = now;
  const read = readProcFile(PASSWD);
  names = read.ok ? parsePasswd(read.value) : new Map();
}

/** User names by id (passwd(5)). Of several names of one id the first wins, as in getpwuid(3). */
export function parsePasswd(bytes: Buffer): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of decodeBytes(bytes).split("\n")) {
    const [name, , id] = line.split(":", 3);
    if (!name || name.startsWith("#") || id === undefined || !/^\d{1,10}$/.test(id)) continue;
    const uid = Number(id);
    if (!found.has(uid)) found.set(uid, name);
  }
  return found;
}
