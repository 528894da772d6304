/** What the commands print with `--json`. The published schemas are made from these types. */
export type { DoctorDocument } from "./commands/run-doctor.ts";
export type { InspectDocument } from "./commands/run-inspect.ts";
export type { LsDocument } from "./commands/run-ls.ts";
export type { TreeDocument } from "./commands/run-tree.ts";
export type { WhoDocument } from "./commands/run-who.ts";
export type { TopDocument } from "./output/top-document.ts";
export type { WatchRecord } from "./output/watch-record.ts";
