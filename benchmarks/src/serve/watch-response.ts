/** Fields of procmon.v1.WatchResponse, of Event and of Lost. */
const START = 1;
const EVENTS = 2;
const LOST = 13;
const COUNT = 4;

const LENGTH = 2;
const FIXED64 = 1;

/** What a message of the service's stream holds. */
export interface WatchCounts {
  readonly start: boolean;
  readonly events: number;
  readonly lost: number;
}

/** Counts the events of a message, and what it tells of losses, without decoding the rest: the measured thing is the server. */
export function lostIn(message: Buffer): WatchCounts {
  let start = false;
  let events = 0;
  let lost = 0;
  for (const { field, from, to } of fieldsOf(message, 0, message.length)) {
    if (field === START) start = true;
    if (field !== EVENTS) continue;
    const loss = [...fieldsOf(message, from, to)].find((inner) => inner.field === LOST);
    if (loss === undefined) events++;
    else for (const inner of fieldsOf(message, loss.from, loss.to)) if (inner.field === COUNT) lost += inner.value;
  }
  return { start, events, lost };
}

interface Field {
  readonly field: number;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

function* fieldsOf(bytes: Buffer, begin: number, end: number): Generator<Field> {
  let at = begin;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const tag = varint();
    const type = tag & 7;
    const value = type === FIXED64 ? 8 : varint();
    const from = at;
    if (type === LENGTH || type === FIXED64) at += value;
    yield { field: tag >>> 3, value, from, to: at };
  }
}
