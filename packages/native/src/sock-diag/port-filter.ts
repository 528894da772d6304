/** Codes of `struct inet_diag_bc_op` (`include/uapi/linux/inet_diag.h`). */
const JUMP = 1;
const SOURCE_PORT_AT_LEAST = 2;
const SOURCE_PORT_AT_MOST = 3;

/** A comparison is an operation, and one more that holds the port. */
const COMPARISON_BYTES = 8;
const JUMP_BYTES = 4;
const RANGE_BYTES = 2 * COMPARISON_BYTES + JUMP_BYTES;

/** The kernel runs the program for every socket: beyond so many ranges it is cheaper to take all of them. */
const MAX_RANGES = 64;

/**
 * The program (INET_DIAG_REQ_BYTECODE) by which the kernel sends only sockets of these local ports. Empty where there are so many ports that
 * it would cost more than it saves: then the caller has to choose.
 */
export function encodePortFilter(ports: Iterable<number>): Uint8Array {
  const ranges = rangesOf(ports);
  if (ranges.length === 0 || ranges.length > MAX_RANGES) return new Uint8Array(0);
  const program = Buffer.alloc(ranges.length * RANGE_BYTES - JUMP_BYTES);
  let at = 0;
  for (const [index, [first, last]] of ranges.entries()) {
    const isLast = index === ranges.length - 1;
    // Where a comparison fails, the next range is tried; after the last one, four bytes beyond the end mean no.
    const next = at + RANGE_BYTES;
    at = compare(program, at, SOURCE_PORT_AT_LEAST, first, next);
    at = compare(program, at, SOURCE_PORT_AT_MOST, last, next);
    // The very end means yes.
    if (!isLast) at = operation(program, at, JUMP, JUMP_BYTES, program.length - at);
  }
  return program;
}

function compare(program: Buffer, at: number, code: number, port: number, ifNot: number): number {
  const next = operation(program, at, code, COMPARISON_BYTES, ifNot - at);
  program.writeUInt16LE(port, next + 2);
  return at + COMPARISON_BYTES;
}

/** Writes `code`, and how many bytes further it goes on if it is true, and if it is not. */
function operation(program: Buffer, at: number, code: number, yes: number, no: number): number {
  program.writeUInt8(code, at);
  program.writeUInt8(yes, at + 1);
  program.writeUInt16LE(no, at + 2);
  return at + 4;
}

/** The ports as ranges, ascending. What is no port is left out. */
function rangesOf(ports: Iterable<number>): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  const sorted = [...new Set(ports)].filter((port) => Number.isInteger(port) && port >= 0 && port <= 0xffff);
  for (const port of sorted.sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && range[1] === port - 1) range[1] = port;
    else ranges.push([port, port]);
  }
  return ranges;
}
