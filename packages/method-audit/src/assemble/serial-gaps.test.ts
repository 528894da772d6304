import { describe, expect, it } from "vitest";
import { assemble, MS, START } from "./assembly.test-kit.ts";

describe("gaps of serial numbers", () => {
  it("are told once they stay open, each once", () => {
    const { say, losses, stats, flush } = assemble();
    say("10 SYSCALL EOE");
    say("15 SYSCALL EOE");
    say("16 SYSCALL EOE", 1999);
    expect(losses).toEqual([]);
    say("17 SYSCALL EOE", 2000);
    expect(losses).toEqual([4]);
    say("12 SYSCALL EOE", 2000);
    say("18 SYSCALL EOE", 9000);
    flush();
    expect(losses).toEqual([4]);
    expect(stats().lost).toBe(4);
  });

  it("are filled by what comes out of order", () => {
    const { say, losses, flush } = assemble();
    say("10 SYSCALL EOE");
    say("20 SYSCALL EOE");
    for (const serial of [15, 11, 19, 13, 12, 18, 16]) say(`${serial} SYSCALL EOE`);
    flush();
    expect(losses).toEqual([1, 1]);
  });

  it("are told by the reader's clock, too", () => {
    const { say, losses, expire } = assemble();
    say("10 SYSCALL EOE");
    say("12 SYSCALL EOE");
    expire(START + 1999n * MS);
    expect(losses).toEqual([]);
    expire(START + 2000n * MS);
    expect(losses).toEqual([1]);
  });

  it("are all told by the reader's clock where it was set back", () => {
    const { say, losses, expire } = assemble();
    for (const serial of [10, 12, 15]) say(`${serial} SYSCALL EOE`, 3_600_000);
    expire(START);
    expire(START + 1999n * MS);
    expect(losses).toEqual([]);
    expire(START + 2000n * MS);
    expect(losses).toEqual([1, 2]);
  });

  it("are none where numbers begin again", () => {
    const { say, losses, flush } = assemble();
    for (const serial of [4_294_967_294, 4_294_967_295, 0, 1]) say(`${serial} SYSCALL EOE`);
    flush();
    expect(losses).toEqual([]);
    say("4 SYSCALL EOE");
    say("4294967290 SYSCALL EOE");
    flush();
    expect(losses).toEqual([2]);
  });

  it("are none over a restart of the machine, or where a number makes no sense", () => {
    const { say, losses, flush } = assemble();
    say("5000000 SYSCALL EOE");
    say("3 SYSCALL EOE", 100_000);
    say("4 SYSCALL EOE", 100_001);
    say("2 SYSCALL EOE", 200_000);
    say("3 SYSCALL EOE", 200_001);
    say("2000000000 SYSCALL EOE", 200_001);
    say("4 SYSCALL EOE", 200_001);
    flush();
    expect(losses).toEqual([]);
  });

  it("are none of the numbers that auditd gives by itself", () => {
    const { say, losses, given, flush } = assemble();
    say("10 SYSCALL");
    say("7311 DAEMON_START");
    say("10 DAEMON_ACCEPT");
    say("10 EOE");
    say("11 USER_LOGIN");
    say("12 EOE");
    say("13 SYSCALL EOE");
    flush();
    expect(given()).toEqual(["7311 DAEMON_START", "10 DAEMON_ACCEPT", "10 SYSCALL", "11 USER_LOGIN", "13 SYSCALL"]);
    expect(losses).toEqual([]);
  });

  it("are bounded: of too many the oldest is told", () => {
    const { say, losses, flush } = assemble();
    for (let serial = 0; serial < 2000; serial += 2) say(`${serial} SYSCALL EOE`);
    expect(losses.length).toBeGreaterThan(500);
    flush();
    expect(losses).toEqual(new Array(999).fill(1));
  });

  it("are bounded where one is filled at many places, too", () => {
    const { say, losses, flush } = assemble();
    say("0 SYSCALL EOE");
    say("10000 SYSCALL EOE");
    for (let serial = 2; serial < 2000; serial += 2) say(`${serial} SYSCALL EOE`);
    expect(losses.length).toBeGreaterThan(500);
    flush();
    expect(losses.reduce((sum, count) => sum + count)).toBe(9999 - 999);
  });
});
