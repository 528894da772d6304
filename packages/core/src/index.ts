export type { CacheStats } from "./cache/cache-stats.ts";
export {
  createInodeCache,
  type InodeCache,
  type InodeCacheOptions,
  type KnownConnection,
} from "./cache/inode-cache.ts";
export { createPidCache, type PidCache, type PidCacheOptions, type RecentProcess } from "./cache/pid-cache.ts";
export { checkConnection } from "./connection/check-connection.ts";
export { connectionKey } from "./connection/connection-key.ts";
export type { ConnectionTuple } from "./connection/connection-tuple.ts";
export { canonicalIp, ipv4OfMapped, isWildcardIp, type ParsedIp, parseIp } from "./connection/ip-address.ts";
export {
  type HiddenOwnership,
  KERNEL_CONNECTION,
  type KernelOwnership,
  type NoOwnerReason,
  type NoOwnership,
  type Ownership,
  type ProcessOwnership,
  type SocketOwner,
} from "./connection/ownership.ts";
export { PROTOCOLS, type Protocol } from "./connection/protocol.ts";
export type { ErrorCode } from "./errors/error-codes.ts";
export { ProcmonError, type ProcmonErrorOptions } from "./errors/procmon-error.ts";
export * from "./event/monitor-event.ts";
export type { EventCoverage, MethodCapabilities, ObservedEventType } from "./method/capabilities.ts";
export type { MethodSpecifier } from "./method/method-specifier.ts";
export * from "./method/monitor-method.ts";
export { type ProbeCheck, type ProbeReport, probeReport } from "./method/probe-report.ts";
export { type ResolveMethodOptions, resolveMethod } from "./method/resolve-method.ts";
export type * from "./method/traffic.ts";
export { createMonitor } from "./monitor/create-monitor.ts";
export * from "./monitor/monitor.ts";
export type * from "./plugin/hasher.ts";
export type { Serializer } from "./plugin/serializer.ts";
export { buildTree, type Descendant, isAlive, isChild } from "./process/ancestry.ts";
export { findAppImage } from "./process/app-image.ts";
export { cleanArgs, cleanPath } from "./process/clean-path.ts";
export { findContainer } from "./process/container.ts";
export { type FileIdentity, fileIdentity } from "./process/file-identity.ts";
export { getParent } from "./process/get-parent.ts";
export { isImageReady, isZombie } from "./process/image-identity.ts";
export { findInterpreter } from "./process/interpreter.ts";
export { type ImageChunk, readMappedImage } from "./process/mapped-image.ts";
export * from "./process/process.ts";
export { createProcessFinder, type ProcessFinder, type ProcessFinderOptions } from "./process/process-finder.ts";
export { isSameProcess, type ProcessIdentity, processKey } from "./process/process-identity.ts";
export {
  createProcessStore,
  type ProcessStore,
  type ProcessStoreOptions,
  type ProcessStoreStats,
} from "./process/process-store.ts";
export { clipProcess, processWeight } from "./process/process-weight.ts";
export { type ProcessReading, type ReadProcessOptions, readProcess, readProcessOnce } from "./process/read-process.ts";
export { type ProcessDetails, readProcessDetails } from "./process/read-process-details.ts";
export { findScript, type ScriptClues } from "./process/script.ts";
export { findSystemdUnit } from "./process/systemd-unit.ts";
export { parsePasswd, userName } from "./process/user-name.ts";
export { deviceNumber } from "./procfs/device-number.ts";
export { listPids, listThreads } from "./procfs/list-pids.ts";
export type { CgroupEntry } from "./procfs/parse-cgroup.ts";
export { parseCmdline } from "./procfs/parse-cmdline.ts";
export type { Ids, ProcCredentials } from "./procfs/parse-credentials.ts";
export type { DescriptorKind } from "./procfs/parse-descriptor-link.ts";
export { parseEnviron } from "./procfs/parse-environ.ts";
export type { DescriptorInfo } from "./procfs/parse-fdinfo.ts";
export type { ProcIo } from "./procfs/parse-io.ts";
export type { MemoryMapping } from "./procfs/parse-maps.ts";
export type { Mount } from "./procfs/parse-mountinfo.ts";
export type { InterfaceCounters } from "./procfs/parse-net-dev.ts";
export { PF_FORKNOEXEC, PF_KTHREAD, type ProcStat, parseStat } from "./procfs/parse-stat.ts";
export type { ProcStatm } from "./procfs/parse-statm.ts";
export type { ProcStatus } from "./procfs/parse-status.ts";
export { processFile } from "./procfs/process-file.ts";
export { DEFAULT_PROCFS, type Procfs } from "./procfs/procfs.ts";
export { readCgroup } from "./procfs/read-cgroup.ts";
export { type CommandLine, readCmdline } from "./procfs/read-cmdline.ts";
export { readComm } from "./procfs/read-comm.ts";
export {
  type Descriptor,
  type Descriptors,
  type ReadDescriptorsOptions,
  readDescriptor,
  readDescriptors,
} from "./procfs/read-descriptors.ts";
export { readEnviron } from "./procfs/read-environ.ts";
export { type Hidepid, type HidepidMode, readHidepid } from "./procfs/read-hidepid.ts";
export { readIo } from "./procfs/read-io.ts";
export { readMaps } from "./procfs/read-maps.ts";
export { readMountinfo } from "./procfs/read-mountinfo.ts";
export { type NamespaceKind, readNamespace } from "./procfs/read-namespace.ts";
export { readNetDev } from "./procfs/read-net-dev.ts";
export { type ReadFailure, type ReadOutcome, readFailure } from "./procfs/read-outcome.ts";
export { readCwd, readExeLink, readRoot } from "./procfs/read-process-links.ts";
export { readStack } from "./procfs/read-stack.ts";
export { readStartTime, readStat } from "./procfs/read-stat.ts";
export { readStatm } from "./procfs/read-statm.ts";
export { readCredentials, readStatus } from "./procfs/read-status.ts";
export { createOwnerDescriber, type OwnerDescriber } from "./sockets/describe-owner.ts";
export { type FindHoldersOptions, type FoundHolders, findHolders } from "./sockets/find-holders.ts";
export { type HeldSockets, isSocketAt, readHeldSockets, type SocketHolder } from "./sockets/held-sockets.ts";
export {
  type HolderVisibility,
  hidingOption,
  holderVisibility,
  missingCapabilities,
  requiredToLook,
} from "./sockets/holder-visibility.ts";
export { type ConnectionMatch, matchConnection, portsOf, tablesOf } from "./sockets/match-connection.ts";
export {
  listNetworkNamespaces,
  type NetworkNamespace,
  type NetworkNamespaces,
  readInNamespace,
} from "./sockets/network-namespaces.ts";
export { type InetTableOptions, parseInetTable } from "./sockets/parse-inet-table.ts";
export { parsePacketTable } from "./sockets/parse-packet-table.ts";
export { parseUnixTable } from "./sockets/parse-unix-table.ts";
export {
  type LazySnapshot,
  type ProcSnapshot,
  readLazySnapshot,
  readSnapshot,
  type SnapshotSources,
} from "./sockets/read-snapshot.ts";
export { readInetTable, readPacketTable, readUnixTable } from "./sockets/read-socket-tables.ts";
export * from "./sockets/socket-entry.ts";
export { type SocketHolders, scanSocketHolders } from "./sockets/socket-holders.ts";
export {
  type HolderKnowledge,
  matchOwnership,
  type OwnedSocket,
  socketOwnership,
} from "./sockets/socket-ownership.ts";
export {
  INET_TABLES,
  type InetSocketRow,
  type InetTable,
  type PacketSocketRow,
  type UnixSocketRow,
} from "./sockets/socket-row.ts";
export { inodesOf, readSocketTables, type SocketFamily, type SocketTables } from "./sockets/socket-tables.ts";
export { stillListed } from "./sockets/still-listed.ts";
export type { TableSource } from "./sockets/table-source.ts";
export { decodeBytes } from "./text/decode-bytes.ts";
export { encodeBytes, fsPath } from "./text/encode-bytes.ts";
