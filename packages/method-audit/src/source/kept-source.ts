import type { AuditSink, AuditSource, AuditSourceKind } from "./audit-source.ts";
import { createBackOff, LONGEST_WAIT_MS } from "./back-off.ts";
import { refusalOf, type SourceRefusal, sourceUnavailable } from "./source-refusal.ts";

/** An opened source, as long as it lasts. */
export interface SourceSession {
  /** Hands over what has arrived, and gives everything back. Called once, also of one that broke. */
  close(): Promise<void>;
}

/** What came of opening. */
export type OpenedSource = { readonly session: SourceSession } | { readonly refusal: SourceRefusal };

/** Tells that a session is broken: why, and how many milliseconds not to try again, at least. Only the first word counts. */
export type OnBroken = (reason: string, patienceMs?: number) => void;

/** What a source is made of. */
export interface KeptSourceParts {
  readonly kind: AuditSourceKind;
  readonly sink: AuditSink;
  /** Opens it: once, and again each time it broke. */
  open(onBroken: OnBroken): Promise<OpenedSource>;
  stats(): Readonly<Record<string, number>>;
}

/** Makes a source that is opened again whenever it breaks, sooner at first, then later and later, until it is stopped. */
export function createKeptSource({ kind, sink, open, stats }: KeptSourceParts): AuditSource {
  const abort = new AbortController();
  const backOff = createBackOff(abort.signal);
  let current: SourceSession | undefined;
  let restoring: Promise<void> | undefined;
  let restored = 0;

  /** Opens it. A word of its end that comes before this returns waits until then. */
  async function openOne(): Promise<SourceRefusal | undefined> {
    const since = performance.now();
    let isOver = false;
    let early: readonly [reason: string, patienceMs: number] | undefined;
    let session: SourceSession | undefined;
    function onBroken(reason: string, patienceMs = 0): void {
      if (isOver) return;
      isOver = true;
      if (session === undefined) early = [reason, patienceMs];
      else if (session === current) {
        if (performance.now() - since > LONGEST_WAIT_MS) backOff.reset();
        restoring = restore(reason, patienceMs);
      }
    }
    const opened = await open(onBroken).catch((error: unknown) => ({ refusal: refusalOf(error) }));
    if ("refusal" in opened) return opened.refusal;
    session = opened.session;
    if (!abort.signal.aborted && early === undefined) {
      current = session;
      return undefined;
    }
    await session.close();
    return { reason: early?.[0] ?? "It was stopped." };
  }

  async function restore(reason: string, patienceMs: number): Promise<void> {
    const broken = current;
    current = undefined;
    sink.down(reason);
    await broken?.close();
    let isPatient = true;
    while (await backOff.wait(isPatient ? patienceMs : 0)) {
      isPatient = false;
      const refusal = await openOne();
      if (refusal === undefined) {
        restored++;
        sink.up();
        return;
      }
      if (refusal.isFinal) {
        if (!abort.signal.aborted) sink.fail(sourceUnavailable(refusal));
        return;
      }
    }
  }

  return {
    kind,
    async start() {
      const refusal = await openOne();
      if (refusal !== undefined) throw sourceUnavailable(refusal);
    },
    async stop() {
      abort.abort();
      await restoring;
      const last = current;
      current = undefined;
      await last?.close();
    },
    stats: () => ({ ...stats(), restored }),
  };
}
