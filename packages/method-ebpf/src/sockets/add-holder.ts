import type { SocketHolder } from "@procmon/core";

/** Adds a holder, or a lower descriptor of one that is there. Processes come in the order of their pids, and all of one together. */
export function addHolder(holders: SocketHolder[], holder: SocketHolder): void {
  const last = holders.at(-1);
  if (last === undefined || last.pid < holder.pid) {
    holders.push(holder);
    return;
  }
  const at = last.pid === holder.pid ? holders.length - 1 : holders.findIndex((each) => each.pid >= holder.pid);
  const known = holders[at];
  if (known?.pid !== holder.pid) holders.splice(at, 0, holder);
  else if ((known.fd ?? 0) > (holder.fd ?? 0)) holders[at] = holder;
}
