import { basename } from "node:path";
import type { Ownership, SocketOwner } from "@procmon/core";
import { escapeText } from "./escape.ts";

/** The processes that hold the socket; none unless the ownership is `process`. */
export function ownersOf(ownership: Ownership): readonly SocketOwner[] {
  return ownership.kind === "process" ? ownership.owners : [];
}

/** What a process is called: its comm, else the file it runs. */
export function ownerName(owner: Pick<SocketOwner, "comm" | "path">): string {
  return owner.comm ?? (owner.path === undefined ? "" : basename(owner.path));
}

/** How many owners of one socket a table names. Servers share a listener among hundreds. */
export const SHOWN_OWNERS = 8;

/** The first few texts, and how many more there are. */
export function firstFew(texts: readonly string[], separator: string): string {
  if (texts.length <= SHOWN_OWNERS) return texts.join(separator);
  return [...texts.slice(0, SHOWN_OWNERS), `+${texts.length - SHOWN_OWNERS}`].join(separator);
}

/** The first pids, divided by commas; `?` where they are hidden, `-` where there is none. */
export function formatPids(ownership: Ownership): string {
  if (ownership.kind === "process") {
    const pids = ownership.owners.map(({ pid }) => String(pid));
    return firstFew(pids, ",");
  }
  return ownership.kind === "hidden" ? "?" : "-";
}

/** The first names of the owners, each once; else, in parentheses, why there is none. Escaped. */
export function formatOwners(ownership: Ownership): string {
  switch (ownership.kind) {
    case "process": {
      const [first, ...others] = ownership.owners;
      if (others.length === 0) return escapeText(ownerName(first));
      return firstFew([...new Set(ownership.owners.map((owner) => escapeText(ownerName(owner))))], ",");
    }
    case "kernel":
      return "(kernel)";
    case "hidden":
      return "(hidden)";
    case "none":
      return ownership.lastOwner === undefined
        ? `(${ownership.reason})`
        : `(${ownership.reason}, last ${ownership.lastOwner.pid} ${escapeText(ownerName(ownership.lastOwner))})`;
  }
}

/** The first executables of the owners, each once. Escaped. */
export function formatPaths(ownership: Ownership): string {
  if (ownership.kind !== "process") return "";
  const paths = ownership.owners.map((owner) => (owner.path === undefined ? "" : escapeText(owner.path)));
  if (paths.length === 1) return paths[0] as string;
  const known = [...new Set(paths)].filter((path) => path !== "");
  return firstFew(known, ",");
}
