import type { AuditRecord } from "../parse/audit-record.ts";
import { createFrameSplitter } from "../parse/frame-splitter.ts";
import { createLineSplitter, type StreamSplitter } from "../parse/line-splitter.ts";

/** The version in the header of a binary frame, of which there are two; the first byte, or, on a big-endian machine, the fourth. */
const LATEST_VERSION = 1;

/**
 * Splits what auditd's plugin writes, in whichever of its formats, which the first byte tells: a line begins with a letter, a frame with a
 * byte of its version, 0 or 1.
 */
export function createPluginSplitter(onRecord: (record: AuditRecord) => void, onGarbage: () => void): StreamSplitter {
  let splitter: StreamSplitter | undefined;
  return {
    push(chunk) {
      const [first] = chunk;
      if (first === undefined) return;
      splitter ??= (first <= LATEST_VERSION ? createFrameSplitter : createLineSplitter)(onRecord, onGarbage);
      splitter.push(chunk);
    },
    end() {
      splitter?.end();
      splitter = undefined;
    },
  };
}
