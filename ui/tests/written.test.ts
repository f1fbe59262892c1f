import { expect, test } from "vitest";
import {
  INTERFACE,
  NAME,
  named,
  parseCount,
  parseMebibytes,
  parsePeriod,
  parseSize,
  wordsOf,
  writeMebibytes,
} from "../src/parts/written";

test.each([
  ["512M", 512 * 2 ** 20],
  ["10G", 10 * 2 ** 30],
  [" 4k ", 4096],
  ["2T", 2 * 2 ** 40],
])("a size: %s", (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(["", "10", "G", "-1G", "1.5G", "10 G", "10GB", "1P", "12345678G"])(
  "no size: %s",
  (text) => expect(parseSize(text)).toBeUndefined(),
);

test.each([
  ["30m", 1800],
  ["12h", 43_200],
  ["1d", 86_400],
  ["2w", 1_209_600],
])("a period: %s", (text, seconds) => expect(parsePeriod(text)).toBe(seconds));

test.each(["", "10", "m", "1s", "1D", "-1d"])("no period: %s", (text) =>
  expect(parsePeriod(text)).toBeUndefined(),
);

test("names", () => {
  expect(NAME.test("web-1.example_x")).toBe(true);
  expect(NAME.test("a".repeat(63))).toBe(true);
  for (const bad of ["", "-web", ".web", "a b", "a/b", "ä", "a".repeat(64)]) {
    expect(NAME.test(bad), bad).toBe(false);
  }
  expect(INTERFACE.test("xenbr0.100")).toBe(true);
  expect(INTERFACE.test("0br")).toBe(false);
  expect(INTERFACE.test("b".repeat(16))).toBe(false);
});

test("options of a choice", () => {
  expect(named([{ name: "pool1" }])).toEqual([{ value: "pool1", label: "pool1" }]);
});

test("memory is whole MiB, and is written as it is read", () => {
  expect(parseMebibytes("512M")).toBe(512);
  expect(parseMebibytes("512K")).toBeUndefined();
  for (const mib of [32, 1536, 2048]) expect(parseMebibytes(writeMebibytes(mib))).toBe(mib);
});

test("a count lies within its bounds", () => {
  expect(parseCount("0", 0, 4)).toBe(0);
  for (const bad of ["", "5", "-1", "1.5", "1e0", "x"])
    expect(parseCount(bad, 0, 4), bad).toBeUndefined();
});

test("words", () => expect(wordsOf(" a, b\nc ")).toEqual(["a", "b", "c"]));
