import type { NetworkNamespace } from "./network-namespaces.ts";
import type { InetSocketRow, InetTable, PacketSocketRow, UnixSocketRow } from "./socket-row.ts";

/**
 * Another place than `/proc` to have socket tables from. Each gives undefined for a table that it cannot read: then `/proc` is.
 */
export interface TableSource {
  /** @param srcPorts only sockets of these local ports; without it, all */
  inet(
    namespace: NetworkNamespace,
    table: InetTable,
    srcPorts?: ReadonlySet<number>,
  ): readonly InetSocketRow[] | undefined;
  unix(namespace: NetworkNamespace): readonly UnixSocketRow[] | undefined;
  packet(namespace: NetworkNamespace): readonly PacketSocketRow[] | undefined;
}
