import { endianness } from "node:os";
import { SAMPLE_RECORDS } from "./sample-records.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A record, or what once was one: as a message of the kernel, and in both formats of auditd. */
export interface BrokenInput {
  readonly type: number;
  readonly payload: Buffer;
  readonly line: Buffer;
  readonly frame: Buffer;
}

/** What parsers stumble over. */
const PIECES = [
  ..."\0 \n \r \x1d \" ' { } = ( ) : . [ ] % \xff \xc3".split(" "),
  ..." |  |=\"|='|={|audit(|type=|msg=|node=x |a0=|a1[0]=|a1_len=|pid=|saddr=|key=|-1|99999999999999999999|(null)|4294967295".split(
    "|",
  ),
];
const PADDED = 8970;

/** One input: of three, one is whole, one is damaged, and one is bytes of any kind. */
export function brokenInput(random: SeededRandom): BrokenInput {
  const [name, type, body] = random.pick(SAMPLE_RECORDS);
  // Few numbers, so that records meet; now and then one that is far away.
  const serial = random.below(50) === 0 ? random.below(2 ** 32) : random.below(300);
  const seconds = 1_795_577_966 + (random.below(100) === 0 ? random.below(2 ** 32) : Math.floor(serial / 10));
  const text = `audit(${seconds}.${String(serial % 1000).padStart(3, "0")}:${serial}): ${body}`;
  const node = random.below(8) === 0 ? `node=${random.pick(["a", "b.example", "c"])} ` : "";
  const way = random.below(3);
  const damage = (whole: string): Buffer => {
    const bytes = Buffer.from(whole, "latin1");
    return way === 0 ? bytes : way === 1 ? damaged(bytes, random) : anyBytes(random);
  };
  const payload = damage(text);
  const line = damage(`${node}type=${name} msg=${text}`);
  const version = random.below(2);
  return { type, payload, line, frame: frameOf(type, version, version === 0 ? payload : line, random) };
}

function damaged(bytes: Buffer, random: SeededRandom): Buffer {
  let result = bytes;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(result.length + 1);
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    const piece = Buffer.from(random.pick(PIECES), "latin1");
    const changed = [
      () => [before, piece, after],
      () => [before, piece, after.subarray(piece.length)],
      () => [before],
      () => [before, after.subarray(random.below(20))],
      () => [before, after, after],
      () => [before, Buffer.alloc(random.below(300), piece), after],
    ];
    result = Buffer.concat(random.pick(changed)()).subarray(0, 20_000);
  }
  return result;
}

function anyBytes(random: SeededRandom): Buffer {
  return Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)));
}

/** Now and then with a header that is wrong, or cut. */
function frameOf(type: number, version: number, text: Buffer, random: SeededRandom): Buffer {
  const isWrong = random.below(10) === 0;
  const numbers = [version, 16, type, isWrong ? random.below(2 ** 32) : text.length];
  const header = Buffer.alloc(16);
  for (const [index, number] of numbers.entries()) {
    if (endianness() === "LE") header.writeUInt32LE(number, index * 4);
    else header.writeUInt32BE(number, index * 4);
  }
  const frame = Buffer.concat([
    header,
    text,
    Buffer.alloc(random.below(4) === 0 ? Math.max(0, PADDED - text.length) : 0),
  ]);
  return random.below(20) === 0 ? frame.subarray(0, random.below(frame.length)) : frame;
}
