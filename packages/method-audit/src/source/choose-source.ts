import type { AuditControl } from "../kernel/audit-control.ts";
import type { NativeFound } from "../native-access.ts";
import type { CheckedOptions } from "../options.ts";
import type { AuditSink, AuditSource, AuditSourceKind } from "./audit-source.ts";
import { createMulticastSource } from "./multicast-source.ts";
import type { NetlinkSourceOptions } from "./netlink-session.ts";
import { createPluginSource } from "./plugin-source.ts";
import { noSource, refusalOf, sourceUnavailable, type TriedSource } from "./source-refusal.ts";
import { createUnicastSource } from "./unicast-source.ts";

/** What sources are made of. */
export interface SourceParts {
  readonly native: NativeFound;
  /** Undefined where the kernel may not be asked. */
  readonly control: AuditControl | undefined;
  readonly sink: AuditSink;
  readonly procfsRoot: string;
  readonly captureEnv: boolean;
}

/** A source that is started, and those that were tried before. */
export interface ChosenSource {
  readonly source: AuditSource;
  readonly tried: readonly TriedSource[];
}

/** In this order. */
const AUTO: readonly AuditSourceKind[] = ["multicast", "plugin", "unicast"];

/**
 * Starts the source that is asked for; for `auto` the first that can be had: multicast, which takes nothing from anybody, auditd's plugin, or
 * the daemon's own place where that is free.
 *
 * @throws ProcmonError `METHOD_UNAVAILABLE`, with the reason of each that was tried
 */
export async function chooseSource(
  options: Pick<CheckedOptions, "source" | "pluginSocket" | "receiveBufferBytes" | "intervalMs">,
  parts: SourceParts,
): Promise<ChosenSource> {
  const tried: TriedSource[] = [];
  for (const kind of options.source === "auto" ? AUTO : [options.source]) {
    const made = makeSource(kind, options, parts);
    if ("reason" in made) {
      tried.push(made);
      continue;
    }
    try {
      await made.start();
      return { source: made, tried };
    } catch (error) {
      tried.push({ kind, ...refusalOf(error) });
      await made.stop();
    }
  }
  const [only] = tried;
  throw tried.length === 1 && only !== undefined ? sourceUnavailable(only) : noSource(tried);
}

function makeSource(
  kind: AuditSourceKind,
  { pluginSocket, receiveBufferBytes, intervalMs }: Parameters<typeof chooseSource>[0],
  { native: found, control, sink, procfsRoot, captureEnv }: SourceParts,
): AuditSource | TriedSource {
  if (kind === "plugin") return createPluginSource({ sink, path: pluginSocket });
  const { native } = found;
  if (native === undefined) return { kind, reason: found.reason, remedy: found.remedy };
  const options: NetlinkSourceOptions = { native, sink, procfsRoot, captureEnv, receiveBufferBytes, intervalMs };
  return kind === "multicast" ? createMulticastSource(options) : createUnicastSource({ ...options, control });
}
