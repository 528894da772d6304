/** One socket as `ss -tunapH` shows it. */
export interface SsSocket {
  /** `protocol state local peer`, addresses without interface names. */
  readonly key: string;
  /** `pid/fd` of each holder, in order. */
  readonly holders: readonly string[];
}

/** The words of `ss` for states, and ours. */
const STATES: Readonly<Record<string, string>> = {
  ESTAB: "established",
  UNCONN: "unconnected",
  LISTEN: "listen",
  "TIME-WAIT": "time-wait",
  "CLOSE-WAIT": "close-wait",
  "SYN-SENT": "syn-sent",
  "SYN-RECV": "syn-recv",
  "FIN-WAIT-1": "fin-wait-1",
  "FIN-WAIT-2": "fin-wait-2",
  "LAST-ACK": "last-ack",
  CLOSING: "closing",
};

/** Reads the output of `ss -tunapH`. */
export function parseSs(output: string): SsSocket[] {
  return output.split("\n").filter(Boolean).map(parseLine);
}

function parseLine(line: string): SsSocket {
  const [protocol = "", state = "", , , local = "", peer = ""] = line.split(/\s+/);
  const holders = [...line.matchAll(/pid=(\d+),fd=(\d+)/g)].map(([, pid, fd]) => `${pid}/${fd}`);
  const key = [protocol, STATES[state] ?? state, plain(local), plain(peer)].join(" ");
  return { key, holders: holders.sort() };
}

/** `*` is how `ss` writes the address of a dual-stack socket, and every unset port. */
function plain(end: string): string {
  const at = end.lastIndexOf(":");
  const port = end.slice(at + 1).replace("*", "0");
  const address = end.slice(0, at).replace(/%[^\]]*/, "");
  return `${address.replace(/^\*$/, "[::]")}:${port}`;
}
