import { type SocketEntry, userName } from "@procmon/core";
import type { Palette } from "./colour.ts";
import { formatEndpoint } from "./endpoint.ts";
import { escapeText } from "./escape.ts";
import { formatOwners, formatPaths, formatPids } from "./owners.ts";
import type { ServiceNames } from "./service-names.ts";
import type { Column } from "./table.ts";

/** Sockets as rows of a table. */
export interface SocketRows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** The protocol as printed; unix and packet sockets with their type. */
export function socketProtocol(socket: SocketEntry): string {
  if (socket.family === "inet") return socket.connection.protocol;
  return `${socket.family}-${socket.type}`;
}

function etherTypeName(etherType: number): string {
  return etherType === 3 || etherType === 0 ? "*" : `0x${etherType.toString(16).padStart(4, "0")}`;
}

/** The two ends of a socket, printable. */
export function socketEnds(socket: SocketEntry, names?: ServiceNames): readonly [local: string, peer: string] {
  switch (socket.family) {
    case "inet": {
      const { protocol, srcIp, srcPort, dstIp, dstPort } = socket.connection;
      return [formatEndpoint(srcIp, srcPort, protocol, names), formatEndpoint(dstIp, dstPort, protocol, names)];
    }
    case "unix":
      // One without a name is known by its inode, by which `who inode N` finds it.
      return [socket.path === undefined || socket.path === "" ? `inode ${socket.inode}` : escapeText(socket.path), "*"];
    case "packet": {
      const device = socket.interfaceIndex === 0 ? "*" : `if${socket.interfaceIndex}`;
      return [`${etherTypeName(socket.etherType)}:${device}`, "*"];
    }
  }
}

function paintPid(palette: Palette): (text: string, cell: string) => string {
  return (text, cell) => (cell === "?" ? palette.warning(text) : palette.accent(text));
}

function paintState(palette: Palette): (text: string, cell: string) => string {
  return (text, cell) => {
    if (cell === "established") return palette.good(text);
    return cell === "listen" ? palette.accent(text) : palette.faint(text);
  };
}

/** Makes the rows. The network namespace gets a column only where there is more than one. */
export function socketRows(sockets: readonly SocketEntry[], palette: Palette, names?: ServiceNames): SocketRows {
  const namespaces = new Set<number>();
  for (const socket of sockets) if (socket.netns !== undefined) namespaces.add(socket.netns);
  const withNetns = namespaces.size > 1;
  const columns: readonly Column[] = [
    { title: "Proto" },
    { title: "State", paint: paintState(palette) },
    { title: "Local" },
    { title: "Peer" },
    { title: "Pid", paint: paintPid(palette) },
    { title: "Process", paint: palette.heading },
    { title: "User" },
    ...(withNetns ? [{ title: "Netns", paint: palette.faint }] : []),
    { title: "Executable", paint: palette.faint },
  ];
  const users = new Map<number, string>();
  const nameOf = (uid: number): string => {
    const name = users.get(uid) ?? escapeText(userName(uid) ?? String(uid));
    users.set(uid, name);
    return name;
  };
  const rows = sockets.map((socket) => {
    const { state, uid, netns, ownership } = socket;
    const [local, peer] = socketEnds(socket, names);
    const row = [socketProtocol(socket), state, local, peer, formatPids(ownership), formatOwners(ownership)];
    row.push(uid === undefined ? "" : nameOf(uid));
    if (withNetns) row.push(String(netns ?? ""));
    row.push(formatPaths(ownership));
    return row;
  });
  return { columns, rows };
}
