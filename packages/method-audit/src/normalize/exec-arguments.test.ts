import { describe, expect, it } from "vitest";
import { readExecArguments } from "./exec-arguments.ts";
import { recordOf } from "./records.test-kit.ts";

const read = (...bodies: string[]) => readExecArguments(bodies.map((body) => recordOf("EXECVE", body)));

describe("the arguments of EXECVE records", () => {
  it("are those of one record", () => {
    expect(read('argc=4 a0="ls" a1="-l" a2=612062 a3=""')).toEqual({ args: ["ls", "-l", "a b", ""] });
  });

  it("go on in further records", () => {
    expect(read('argc=3 a0="a"', ' a1="b"', ' a2="c"')).toEqual({ args: ["a", "b", "c"] });
  });

  it("are put together of pieces, cut between any two bytes", () => {
    expect(read('argc=3 a0="a" a1_len=8 a1[0]=E282', " a1[1]=AC20", ' a2="c"')).toEqual({ args: ["a", "€ ", "c"] });
    expect(read('argc=1 a0_len=5 a0[0]="ab"', ' a0[1]="cde"')).toEqual({ args: ["abcde"] });
    // The kernel turns to hexadecimal at the first byte that needs it.
    expect(read('argc=1 a0_len=4 a0[0]="ab"', " a0[1]=2063")).toEqual({ args: ["ab c"] });
  });

  it.each([
    ["a piece", ['argc=2 a0_len=6 a0[0]="ab"', ' a0[2]="ef" a1="x"'], ["ab"], 2],
    ["the last piece", ['argc=2 a0_len=6 a0[0]="ab" a1="x"'], ["ab"], 2],
    ["the first piece", ['argc=2 a0="x"', ' a1[1]="b"'], ["x", ""], undefined],
    ["a record between", ['argc=4 a0="a"', ' a3="d"'], ["a"], 4],
    ["the last record", ['argc=4 a0="a" a1="b"'], ["a", "b"], 4],
    ["the first record", [' a7="x"'], [], undefined],
    ["the end of the text", ['argc=2 a0="a" a1="bcd'], ["a", "bcd"], undefined],
    ["all", ["argc=3"], [], 3],
  ])("end where there is a loss: %s", (_, bodies, args, argsTotal) => {
    const expected = { args, argsTruncated: true, ...(argsTotal !== undefined && { argsTotal }) };
    expect(read(...(bodies as string[]))).toEqual(expected);
  });

  it("are empty where old kernels leave them out", () => {
    expect(read('argc=5 a0="a" a3="b" a4="c"')).toEqual({ args: ["a", "", "", "b", "c"] });
  });

  it("are cut where so many are left out that it cannot be that", () => {
    const numbers = Array.from({ length: 200_000 }, (_, index) => `a${index * 60}="x"`);
    expect(read(`argc=20000000 ${numbers.join(" ")}`)).toMatchObject({ argsTotal: 20_000_000, argsTruncated: true });
  });

  it("are those of what runs in the end, of a script on old kernels", () => {
    const script = 'argc=2 a0="/bin/sh" a1="/x"';
    const interpreter = 'argc=3 a0="/bin/sh" a1="/x" a2="y"';
    expect(read(script, interpreter)).toEqual({ args: ["/bin/sh", "/x", "y"] });
    expect(read(interpreter, script)).toEqual({ args: ["/bin/sh", "/x", "y"] });
  });

  it("are none without such a record", () => {
    expect(read()).toBeUndefined();
  });

  it.each([
    'argc=4294967295 a0="a"',
    'argc=4294967295 a0="a" a4294967294="b"',
    'argc=9 a0_len=4294967295 a0[0]="a" a0[4294967295]="b"',
    'argc=99999999999999999999 a0="a"',
  ])("cost no more than their text, whatever numbers it has: %s", (body) => {
    const found = read(body);
    expect(found?.args).toEqual(["a"]);
    expect(found?.argsTruncated).toBe(true);
  });

  it("are no more than were told", () => {
    expect(read('argc=1 a0="a" a1="b"')).toEqual({ args: ["a"] });
  });
});
