import { decodeBytes } from "../text/decode-bytes.ts";

/** A mount: a line of `/proc/<pid>/mountinfo` (proc_pid_mountinfo(5)). */
export interface Mount {
  /** `major:minor`, in decimal. */
  readonly device: string;
  /** The directory of the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  /** For example `ext4`. */
  readonly type: string;
  readonly source: string;
  /** Options of the file system, for example `hidepid=invisible` of a procfs. */
  readonly superOptions: readonly string[];
}

/** Parses `/proc/<pid>/mountinfo`. Lines that are none are left out. */
export function parseMountinfo(bytes: Buffer): Mount[] {
  const mounts: Mount[] = [];
  for (const line of decodeBytes(bytes).split("\n")) {
    const fields = line.split(" ");
    // Fields 7 and on are optional, and a lone hyphen ends them.
    const hyphen = fields.indexOf("-", 6);
    if (hyphen < 0) continue;
    const [, , device, root, mountPoint] = fields;
    const [type, source, superOptions] = fields.slice(hyphen + 1);
    if (device === undefined || root === undefined || mountPoint === undefined || type === undefined) continue;
    mounts.push({
      device,
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      type,
      source: unescapeOctal(source ?? ""),
      superOptions: (superOptions ?? "").split(","),
    });
  }
  return mounts;
}

/** The kernel writes space, tab, newline, `#` and backslash as `\` and three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
