import { expect, test } from "vitest";
import { createPathHistory } from "./path-history.ts";

const A = { sha256: "a" };
const B = { sha256: "b" };

test("tells what was run before by the same path, where it is another", () => {
  const history = createPathHistory(10);
  expect(history.note("1", "/x", 1n, A)).toBeUndefined();
  expect(history.note("1", "/x", 2n, A)).toBeUndefined();
  expect(history.note("1", "/x", 3n, B)).toEqual(A);
  expect(history.note("1", "/x", 4n, A)).toEqual(B);
});

test("the same path in another mount namespace is another one", () => {
  const history = createPathHistory(10);
  history.note("1", "/x", 1n, A);
  expect(history.note("2", "/x", 2n, B)).toBeUndefined();
  expect(history.note("1", "/y", 3n, B)).toBeUndefined();
});

test("what is told late of an earlier time changes nothing", () => {
  const history = createPathHistory(10);
  history.note("1", "/x", 5n, B);
  expect(history.note("1", "/x", 4n, A)).toBeUndefined();
  expect(history.note("1", "/x", 6n, B)).toBeUndefined();
});

test("only what both know can differ", () => {
  const history = createPathHistory(10);
  history.note("1", "/x", 1n, { md5: "1", fsverity: "" });
  expect(history.note("1", "/x", 2n, { sha256: "2", fsverity: "sha256:3" })).toBeUndefined();
  expect(history.note("1", "/x", 3n, { fsverity: "sha256:4" })).toEqual({ sha256: "2", fsverity: "sha256:3" });
});

test("the path that was run longest ago is forgotten", () => {
  const history = createPathHistory(2);
  history.note("1", "/x", 1n, A);
  history.note("1", "/y", 2n, A);
  history.note("1", "/x", 3n, A);
  history.note("1", "/z", 4n, A);
  expect(history.note("1", "/y", 5n, B)).toBeUndefined();
  expect(history.note("1", "/z", 6n, B)).toEqual(A);
});

test("what says nothing, as of a file that could not be read, changes nothing", () => {
  const history = createPathHistory(10);
  history.note("1", "/x", 1n, A);
  expect(history.note("1", "/x", 2n, { fsverity: "" })).toBeUndefined();
  expect(history.note("1", "/x", 3n, {})).toBeUndefined();
  expect(history.note("1", "/x", 4n, B)).toEqual(A);
});

test("of the same contents all is kept that was ever known", () => {
  const history = createPathHistory(10);
  history.note("1", "/x", 1n, { sha256: "a", md5: "1" });
  history.note("1", "/x", 2n, { sha256: "a" });
  expect(history.note("1", "/x", 3n, { md5: "2" })).toEqual({ sha256: "a", md5: "1" });
});

test("an algorithm that is forgotten is told no more", () => {
  const history = createPathHistory(10);
  history.note("1", "/x", 1n, { sha256: "a", md5: "1" });
  history.forget("md5");
  expect(history.note("1", "/x", 2n, { sha256: "b", md5: "2" })).toEqual(A);
});
