import { uptime } from "node:os";
import type { MemoryMapping, Process, SocketEntry } from "@procmon/core";
import type { Algorithm } from "@procmon/hashing";
import type { InspectDocument, InspectedDescriptor } from "../commands/run-inspect.ts";
import { checksumFacts } from "./checksums.ts";
import type { Palette } from "./colour.ts";
import { formatDevice } from "./device.ts";
import { escapeText } from "./escape.ts";
import { type Fact, formatFacts, formatList } from "./facts.ts";
import { formatBytes } from "./quantity.ts";
import { quoteArg, quoteArgs } from "./quote.ts";
import { socketEnds, socketProtocol } from "./socket-table.ts";
import { formatTable } from "./table.ts";
import { formatIsoTime } from "./time.ts";

function escaped(text: string | undefined): string | undefined {
  return text === undefined ? undefined : escapeText(text);
}

/** Start times are ticks of 1/100 s since boot; the wall clock is only as good as the time since boot. */
function describeStart(startTime: bigint): string {
  const start = new Date(Date.now() - uptime() * 1000 + Number(startTime) * 10);
  return `${start.toISOString().slice(0, 19)}Z (${startTime} ticks after boot)`;
}

function executable(process: Process): string | undefined {
  if (process.path === undefined) return undefined;
  const kind = process.exeKind === undefined || process.exeKind === "file" ? "" : ` (${process.exeKind})`;
  return escapeText(process.path) + kind;
}

/** The path to the executable from here, where it does not follow from its path. */
function unexpectedPath({ pid, path, realPath, root }: Process): string | undefined {
  if (realPath === path) return undefined;
  return root === "/" && realPath === `/proc/${pid}/root${path}` ? undefined : realPath;
}

function processFacts(process: Process): readonly Fact[] {
  const ids = process.uids === undefined ? undefined : Object.values(process.uids).join(" ");
  const groups = process.gids === undefined ? undefined : Object.values(process.gids).join(" ");
  const user = process.user ?? process.uid?.toString();
  const { container } = process;
  const more = process.argsTruncated === true ? ` … (${process.argsTotal ?? "more"} in all)` : "";
  return [
    ["comm", escapeText(process.comm)],
    ["executable", executable(process)],
    ["reached by", escaped(unexpectedPath(process))],
    ["script", escaped(process.script?.path)],
    ["AppImage", escaped(process.appImage)],
    ["arguments", process.args === undefined ? undefined : quoteArgs(process.args) + more],
    ["directory", escaped(process.cwd)],
    ["root", process.root === "/" ? undefined : escaped(process.root)],
    ["user", ids === undefined ? escaped(user) : `${escapeText(user ?? "")} (real, effective, saved: ${ids})`],
    ["group", groups === undefined ? process.gid?.toString() : `real, effective, saved: ${groups}`],
    ["parent", String(process.ppid)],
    ["started", describeStart(process.startTime)],
    ["state", process.state],
    ["kernel thread", process.kernelThread === true ? "yes" : undefined],
    ["cgroup", escaped(process.cgroup)],
    ["unit", escaped(process.systemdUnit)],
    ["container", container && escapeText(`${container.id}${container.runtime ? ` (${container.runtime})` : ""}`)],
    ["pid inside", process.nsPid?.toString()],
    ["net namespace", process.netns?.toString()],
    ["not allowed", process.denied?.join(", ")],
  ];
}

/** As it was when it was started or first seen. */
function fileFacts({ executable }: Process): readonly Fact[] {
  if (executable === undefined) return [];
  const { device, inode, size, mtime, ctime } = executable;
  return [
    ["device", formatDevice(device)],
    ["inode", inode.toString()],
    ["size", size === undefined ? undefined : `${size} bytes`],
    ["modified", mtime === undefined ? undefined : formatIsoTime(mtime)],
    ["changed", ctime === undefined ? undefined : formatIsoTime(ctime)],
  ];
}

function statusFacts({ status, stat }: InspectDocument): readonly Fact[] {
  const kB = (name: string): string | undefined => {
    const value = status?.memory[name];
    return value === undefined ? undefined : formatBytes(value * 1024);
  };
  const effective = status?.capabilities.effective;
  return [
    ["threads", (status?.threads ?? stat?.numThreads)?.toString()],
    ["memory", kB("VmRSS")],
    ["highest", kB("VmHWM")],
    ["virtual", kB("VmSize")],
    ["swapped", kB("VmSwap")],
    ["CPU time", stat && `${(stat.utime / 100).toFixed(2)} s user, ${(stat.stime / 100).toFixed(2)} s system`],
    ["seccomp", status?.seccomp === undefined ? undefined : ["off", "strict", "filter"][status.seccomp]],
    ["no new privileges", status?.noNewPrivs === undefined ? undefined : status.noNewPrivs ? "yes" : "no"],
    ["capabilities", effective === undefined || effective.length === 0 ? undefined : effective.join(" ")],
    ["traced by", status?.tracerPid ? String(status.tracerPid) : undefined],
  ];
}

function ioFacts({ io }: InspectDocument): readonly Fact[] {
  if (io === undefined) return [];
  return [
    ["read", `${formatBytes(io.rchar)} in ${io.syscr} calls, ${formatBytes(io.readBytes)} from storage`],
    ["written", `${formatBytes(io.wchar)} in ${io.syscw} calls, ${formatBytes(io.writeBytes)} to storage`],
  ];
}

function networkLines({ net }: InspectDocument): readonly string[] {
  return (net ?? []).map(
    (device) =>
      `${escapeText(device.name)}: received ${formatBytes(device.receivedBytes)}, sent ${formatBytes(device.sentBytes)}`,
  );
}

function describeSocket(socket: SocketEntry): string {
  const [local, peer] = socketEnds(socket);
  return `${socketProtocol(socket)} ${local} → ${peer} ${socket.state}`;
}

function descriptorRow(descriptor: InspectedDescriptor): readonly string[] {
  const { fd, kind, target, socket, size } = descriptor;
  const shown = socket === undefined ? escapeText(target) : `${describeSocket(socket)} (${escapeText(target)})`;
  return [String(fd), kind, size === undefined ? "" : formatBytes(size), shown];
}

function formatDescriptors({ descriptors }: InspectDocument, palette: Palette): string {
  if (descriptors === undefined) return "";
  const { total, descriptors: list } = descriptors;
  const columns = [
    { title: "  fd", align: "right" as const, paint: palette.accent },
    { title: "kind" },
    { title: "size", align: "right" as const },
    { title: "what" },
  ];
  const more = list.length < total ? ` (the first ${list.length})` : "";
  const heading = palette.heading(`${total} descriptors${more}`);
  return `${heading}\n${formatTable(columns, list.map(descriptorRow), { header: list.length > 0 })}`;
}

/** The mapped files with the memory that each spans, in the order of their first address. */
function mappingLines(maps: readonly MemoryMapping[]): readonly string[] {
  const sizes = new Map<string, bigint>();
  for (const { path, start, end } of maps) {
    if (path !== "") sizes.set(path, (sizes.get(path) ?? 0n) + end - start);
  }
  return [...sizes].map(([path, size]) => `${escapeText(path)}  ${formatBytes(size)}`);
}

/**
 * All of the document as text for reading; the environment only where it is in there.
 *
 * @param algorithms of the checksums that were asked for
 */
export function formatInspection(
  document: InspectDocument,
  palette: Palette,
  algorithms: readonly Algorithm[],
): string {
  const { process, maps, stack, deniedDetails } = document;
  const tree = (process.tree ?? []).map((one) => `${one.pid} ${escapeText(one.path ?? one.comm ?? "?")}`);
  const env = Object.entries(process.env ?? {}).map(([name, value]) => `${escapeText(name)}=${quoteArg(value)}`);
  const sections = [
    formatFacts(`Process ${process.pid}`, processFacts(process), palette),
    formatFacts("File of the executable", fileFacts(process), palette),
    formatFacts("Checksums", checksumFacts(process, algorithms), palette),
    formatList("Started by, from itself to the root", tree, palette),
    formatFacts("Resources", statusFacts(document), palette),
    formatFacts("Input and output", ioFacts(document), palette),
    formatList("Network interfaces of its namespace", networkLines(document), palette),
    formatDescriptors(document, palette),
    formatList(`Memory, ${maps?.length ?? 0} mappings`, mappingLines(maps ?? []), palette),
    formatList("Kernel stack", (stack ?? []).map(escapeText), palette),
    formatList("Environment", env, palette),
    formatList("Not allowed to read", deniedDetails, palette),
  ];
  return sections.filter((section) => section !== "").join("\n");
}
