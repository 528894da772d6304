import { statfsSync } from "node:fs";
import type { Procfs } from "@procmon/core";

/** The type of a mounted procfs in statfs(2), PROC_SUPER_MAGIC of `include/uapi/linux/magic.h`. */
const PROC_SUPER_MAGIC = 0x9fa0;

/** What is found where a procfs should be. In a folder that only looks like one (`other`) the processes are not the kernel's. */
export function findProcfs({ root }: Procfs): "procfs" | "other" | "nothing" {
  try {
    return statfsSync(root).type === PROC_SUPER_MAGIC ? "procfs" : "other";
  } catch {
    return "nothing";
  }
}
