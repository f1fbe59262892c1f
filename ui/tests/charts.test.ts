import { beforeEach, describe, expect, test } from "vitest";
import {
  chartsOf,
  distances,
  latest,
  type Samples,
  shown,
  summary,
  times,
  top,
} from "../src/charts/figures";
import { chooseLanguage } from "../src/i18n";

const SERVER = {
  start: 1000,
  step: 20,
  cpu: [10, null, 30, null],
  memory: [1, 2, 3, 4],
} satisfies Samples;
const VM: Samples = { ...SERVER, disk_read: [], disk_write: [], net_rx: [], net_tx: [] };
const ARRAY: Samples = {
  start: 1000,
  step: 20,
  reads: [1, 2],
  writes: [3, null],
  bytes_read: [1, 2],
  bytes_written: [3, null],
  response: [null, null],
};

describe("what is drawn", () => {
  test("are the charts that there are figures for", () => {
    expect(chartsOf(SERVER).map(({ title }) => title)).toEqual(["cpu", "memory"]);
    expect(chartsOf(VM).map(({ title }) => title)).toEqual(["cpu", "memory", "disk", "network"]);
    const titles = chartsOf(ARRAY).map(({ title }) => title);
    expect(titles).toEqual(["commands", "bandwidth", "response"]);
  });

  test("is each value at the end of the time that it is of", () => {
    expect(times(SERVER)).toEqual([1020, 1040, 1060, 1080]);
    expect(times(ARRAY)).toEqual([1020, 1040]);
  });

  test("is told in figures too", () => {
    expect(latest(SERVER)).toBe(2);
    expect(summary(SERVER.cpu)).toEqual({ average: 20, highest: 30 });
    expect(summary([null])).toEqual({ average: null, highest: null });
  });
});

describe("axes", () => {
  beforeEach(() => chooseLanguage("en"));

  test.each([
    [12.345, "percent", "12.3 %"],
    [1536, "rate", "1.5 KiB/s"],
    [2 ** 30, "bytes", "1 GiB"],
    [120, "commands", "120/s"],
    [0.84, "milliseconds", "0.8 ms"],
  ] as const)("%s %s", (value, unit, text) => expect(shown(value, unit)).toBe(text));

  test("have the viewer's way to write numbers", () => {
    chooseLanguage("de");
    expect(shown(12.5, "percent")).toBe("12,5 %");
    expect(shown(1536, "rate")).toBe("1,5 KiB/s");
  });

  test("of bytes have even marks", () => {
    expect(distances("bytes")).toContain(512 * 2 ** 20);
    expect(distances("percent")).toContain(25);
  });

  test("end above the highest value, and next to nothing does not fill them", () => {
    expect(top(50, "percent")).toBeCloseTo(55);
    expect(top(0.1, "percent")).toBe(5);
    expect(top(null, "rate")).toBe(1024);
  });
});
