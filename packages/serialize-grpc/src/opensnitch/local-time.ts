const NANOSECONDS = 1_000_000_000n;

let knownSecond = -1n;
let knownText = "";

/**
 * A time as OpenSnitch's events have it, `2006-01-02 15:04:05` in the local time zone. Empty for what is no date
 * between the years 0 and 9999.
 *
 * @param time nanoseconds since the epoch.
 */
export function localTime(time: bigint): string {
  const second = time / NANOSECONDS;
  // Events come many in a second.
  if (second !== knownSecond) {
    knownText = format(new Date(Number(second) * 1000));
    knownSecond = second;
  }
  return knownText;
}

function format(date: Date): string {
  const year = date.getFullYear();
  if (!(year >= 0 && year <= 9999)) return "";
  const day = `${year.toString().padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
