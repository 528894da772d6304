import { fstatSync, openSync } from "node:fs";
import { fileIdentity } from "@procmon/core";
import type { KnownFile } from "../files/opened-file.ts";

/** Opens a file as the pool gets it. */
export function openKnown(path: string, flags: string | number = "r"): { fd: number; file: KnownFile } {
  const fd = openSync(path, flags);
  return { fd, file: fileIdentity(fstatSync(fd, { bigint: true })) };
}
