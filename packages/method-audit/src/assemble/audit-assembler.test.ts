import { describe, expect, it } from "vitest";
import { assemble, MS, record, START } from "./assembly.test-kit.ts";
import { createAuditAssembler } from "./audit-assembler.ts";

describe("createAuditAssembler", () => {
  it("gives an event when its end comes, with its records in their order", () => {
    const { say, given, events } = assemble();
    say("7 SYSCALL SOCKADDR PROCTITLE");
    expect(given()).toEqual([]);
    say("7 EOE");
    expect(given()).toEqual(["7 SYSCALL SOCKADDR PROCTITLE"]);
    expect(events[0]).toMatchObject({ time: START, serial: 7, complete: true });
    expect(events[0]).not.toHaveProperty("node");
  });

  it("tells events apart that come mixed", () => {
    const { say, given, losses, flush } = assemble();
    say("1 SYSCALL");
    say("2 SYSCALL EXECVE");
    say("1 SOCKADDR");
    say("3 SYSCALL");
    say("2 CWD EOE");
    say("3 EOE");
    say("1 EOE");
    flush();
    expect(given()).toEqual(["2 SYSCALL EXECVE CWD", "3 SYSCALL", "1 SYSCALL SOCKADDR"]);
    expect(losses).toEqual([]);
  });

  it("gives at once what comes alone", () => {
    const { say, given } = assemble();
    for (const [index, type] of [
      "USER_LOGIN",
      "SERVICE_START",
      "KERNEL",
      "USER",
      "ANOM_EXEC",
      "CRYPTO_SESSION",
    ].entries()) {
      say(`${index} ${type}`);
      expect(given().at(-1)).toBe(`${index} ${type}`);
    }
  });

  it("lets a system call follow what caused it", () => {
    const { say, given } = assemble();
    say("1 LOGIN SYSCALL PROCTITLE EOE");
    say("2 CONFIG_CHANGE SYSCALL EOE");
    say("3 AVC SYSCALL EOE");
    expect(given()).toEqual(["1 LOGIN SYSCALL PROCTITLE", "2 CONFIG_CHANGE SYSCALL", "3 AVC SYSCALL"]);
  });

  it("waits two seconds of the records' time for an end", () => {
    const { say, given, stats } = assemble();
    say("1 SYSCALL SOCKADDR");
    say("2 SYSCALL EOE", 1999);
    expect(given()).toEqual(["2 SYSCALL"]);
    say("3 SYSCALL EOE", 2000);
    expect(given()).toEqual(["2 SYSCALL", "1… SYSCALL SOCKADDR", "3 SYSCALL"]);
    say("1 EOE");
    expect(stats()).toMatchObject({ events: 3, incomplete: 1, late: 1, pending: 0 });
  });

  it("waits by the reader's clock where no record comes", () => {
    const { say, given, expire } = assemble();
    say("1 SYSCALL");
    expire(START + 1999n * MS);
    expect(given()).toEqual([]);
    expire(START + 2000n * MS);
    expect(given()).toEqual(["1… SYSCALL"]);
  });

  it("waits for the end of a call that began long ago", () => {
    const { say, given, expire } = assemble();
    say("1 SYSCALL EOE", 3_600_000);
    say("2 SYSCALL");
    say("3 SYSCALL EOE", 3_600_001);
    say("2 EOE");
    expect(given()).toEqual(["1 SYSCALL", "3 SYSCALL", "2 SYSCALL"]);
    expire(START + 9_000_000n * MS);
    say("4 SYSCALL", 10);
    expire(START + 9_000_100n * MS);
    say("4 EOE", 10);
    expect(given().at(-1)).toBe("4 SYSCALL");
  });

  it("does not wait for ever where the clock was set back", () => {
    const { say, given, expire } = assemble();
    say("1 SYSCALL", 3_600_000);
    for (const ms of [0n, 1000n, 1999n]) expire(START + ms * MS);
    expect(given()).toEqual([]);
    expire(START - 5000n * MS);
    expire(START - 3001n * MS);
    expect(given()).toEqual([]);
    expire(START - 3000n * MS);
    expect(given()).toEqual(["1… SYSCALL"]);
  });

  it("takes the title for the end of an event, where auditd left the end out", () => {
    const { say, given, flush } = assemble();
    say("1 SYSCALL PROCTITLE");
    say("2 SYSCALL SOCKADDR");
    flush();
    expect(given()).toEqual(["1 SYSCALL PROCTITLE", "2… SYSCALL SOCKADDR"]);
  });

  it("counts what comes late of an event, and makes no second one", () => {
    const { say, given, flush, stats } = assemble();
    say("1 SYSCALL EOE SOCKADDR EOE");
    say("2 USER_LOGIN USER_LOGIN");
    flush();
    expect(given()).toEqual(["1 SYSCALL", "2 USER_LOGIN"]);
    expect(stats()).toMatchObject({ records: 6, late: 3 });
  });

  it("gives the oldest where too many wait", () => {
    const { say, given, stats } = assemble({ maxPending: 2 });
    for (const serial of [1, 2, 3, 4]) say(`${serial} SYSCALL`);
    expect(given()).toEqual(["1… SYSCALL", "2… SYSCALL"]);
    say("3 EOE");
    say("4 EOE");
    expect(given()).toHaveLength(4);
    expect(stats()).toMatchObject({ incomplete: 2, pending: 0 });
  });

  it("bounds the text that waits", () => {
    const { push, stats, given } = assemble();
    const body = "x".repeat(2 ** 20);
    for (let count = 0; count < 100; count++) push({ ...record(count % 3, "SYSCALL", 0), body });
    expect(given().length).toBeGreaterThan(2);
    expect(stats().pending).toBeLessThan(4);
  });

  it("keeps machines apart", () => {
    const { say, given, losses, events, flush } = assemble();
    say("1 SYSCALL", 0, "a");
    say("1 SYSCALL", 0, "b");
    say("1 SYSCALL");
    say("1 CWD", 0, "b");
    say("1 EOE", 0, "a");
    say("1 EOE", 0, "b");
    say("500 SYSCALL EOE", 0, "c");
    say("1 EOE");
    flush();
    expect(given()).toEqual(["1 SYSCALL", "1 SYSCALL CWD", "500 SYSCALL", "1 SYSCALL"]);
    expect(events.map(({ node }) => node)).toEqual(["a", "b", "c", undefined]);
    expect(losses).toEqual([]);
  });

  it("survives more machines than there can be", () => {
    const { say, given, flush } = assemble();
    for (let index = 0; index < 1000; index++) say("1 SYSCALL", 0, `n${index}`);
    flush();
    expect(new Set(given())).toEqual(new Set(["1… SYSCALL"]));
    expect(given()).toHaveLength(1000);
  });

  it("begins anew where a machine has, with numbers that wait or were given", () => {
    const { say, given, losses, flush } = assemble();
    say("3 SYSCALL EOE");
    say("4 SYSCALL");
    say("4 SYSCALL EOE", 60_000);
    say("3 SYSCALL EOE", 120_000);
    say("4 SYSCALL EOE", 120_000);
    flush();
    expect(given()).toEqual(["3 SYSCALL", "4… SYSCALL", "4 SYSCALL", "3 SYSCALL", "4 SYSCALL"]);
    expect(losses).toEqual([]);
  });

  it("leaves nothing open when it is asked from within", () => {
    const given: number[] = [];
    const assembler = createAuditAssembler({
      onEvent: ({ serial }) => {
        given.push(serial);
        assembler.flush();
      },
      onLost: () => undefined,
    });
    for (const serial of [1, 2, 3]) assembler.push(record(serial, "SYSCALL", 0));
    assembler.expire(START + 5000n * MS);
    expect(given).toEqual([1, 2, 3]);
    expect(assembler.stats()).toMatchObject({ events: 3, pending: 0 });
  });

  it.each([{ maxPending: 0 }, { maxPending: 1.5 }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
    "refuses %j",
    (limits) => {
      expect(() => assemble(limits)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});
