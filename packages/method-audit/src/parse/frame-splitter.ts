import type { AuditRecord } from "./audit-record.ts";
import type { StreamSplitter } from "./line-splitter.ts";
import {
  FRAME_HEADER,
  FRAME_START,
  frameRecord,
  frameSize,
  LONGEST_TEXT,
  nextFrame,
  PADDED_TEXT,
} from "./plugin-frame.ts";

/** More than what has to be there to know where the next frame is, or to have a whole one. */
const ROOM = 2 * (FRAME_HEADER + LONGEST_TEXT);

/**
 * Splits a stream of frames, as auditd's af_unix plugin writes them with `format = binary`, into records. Where frames do not follow
 * each other (auditd drops the rest of a write that its socket has no room for), it looks for the next one; each stretch that is skipped,
 * and each frame without a record, is garbage once.
 *
 * Most versions of auditd write 8970 bytes after every header, whatever they hold behind the text; others the text alone. It is found
 * out from the stream. At most 64 KiB wait.
 */
export function createFrameSplitter(onRecord: (record: AuditRecord) => void, onGarbage: () => void): StreamSplitter {
  const held = Buffer.allocUnsafe(ROOM);
  let end = 0;
  /** A frame that begins, and is not whole yet; -1 where the next one is not known. */
  let frameAt = -1;
  /** Where to look for one, if none is where it should be: after the text of the last. */
  let resume = 0;
  /** Where it should be, if frames have no padding, and if they have. */
  let afterText = 0;
  let afterPadding = 0;
  let isPadded: boolean | undefined;
  let isSkipping = false;

  /** Sets `frameAt`. False where more bytes are needed. */
  function locate(): boolean {
    if (!isSkipping) {
      if (isPadded !== true) {
        if (afterText + FRAME_START > end) return false;
        if (frameSize(held, afterText) >= 0) return begin(afterText, afterText === afterPadding ? isPadded : false);
      }
      if (isPadded ?? afterPadding > afterText) {
        if (afterPadding + FRAME_START > end) return false;
        if (frameSize(held, afterPadding) >= 0) return begin(afterPadding, true);
      }
      onGarbage();
      isSkipping = true;
    }
    resume = nextFrame(held, resume, end);
    return resume + FRAME_START <= end && frameSize(held, resume) >= 0 && begin(resume, undefined);
  }

  function begin(at: number, padded: boolean | undefined): boolean {
    frameAt = at;
    resume = at;
    isPadded = padded;
    isSkipping = false;
    return true;
  }

  /** False where more bytes are needed. */
  function takeOne(): boolean {
    if (frameAt < 0 && !locate()) return false;
    const size = frameSize(held, frameAt);
    const start = frameAt + FRAME_HEADER;
    const length = isPadded === true ? Math.min(size, PADDED_TEXT) : size;
    if (start + length > end) return false;
    // As C reads it: the size may be greater than the text's, and of a frame that was cut another one follows.
    const zero = held.subarray(start, start + length).indexOf(0);
    const textEnd = zero < 0 ? start + length : start + zero;
    const record = frameRecord(held, frameAt, textEnd);
    frameAt = -1;
    resume = textEnd;
    afterText = start + length;
    afterPadding = start + Math.max(length, PADDED_TEXT);
    if (record === undefined) onGarbage();
    else onRecord(record);
    return true;
  }

  function makeRoom(): void {
    const from = Math.min(resume, end);
    held.copyWithin(0, from, end);
    end -= from;
    resume -= from;
    afterText -= from;
    afterPadding -= from;
    if (frameAt >= 0) frameAt -= from;
  }

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const length = Math.min(chunk.length - at, ROOM - end);
        held.set(chunk.subarray(at, at + length), end);
        end += length;
        at += length;
        while (takeOne());
        makeRoom();
      }
    },
    end() {
      if (frameAt >= 0) onGarbage();
      end = 0;
      frameAt = -1;
      resume = 0;
      afterText = 0;
      afterPadding = 0;
      isPadded = undefined;
      isSkipping = false;
    },
  };
}
