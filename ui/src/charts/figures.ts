import { bytes, number } from "../i18n";

export type Values = (number | null)[];

/** What is measured: of VMs and servers, and of arrays. */
export type Figure =
  | "cpu"
  | "memory"
  | "disk_read"
  | "disk_write"
  | "net_rx"
  | "net_tx"
  | "reads"
  | "writes"
  | "bytes_read"
  | "bytes_written"
  | "response";

/** What the manager keeps of an object, a value a step (seconds), as many of each figure that it has. */
export type Samples = { start: number; step: number } & { [figure in Figure]?: Values };

export type Unit = "percent" | "bytes" | "rate" | "commands" | "milliseconds";

/** What one chart draws. */
export interface ChartKind {
  title: "cpu" | "memory" | "disk" | "network" | "commands" | "bandwidth" | "response";
  unit: Unit;
  figures: Figure[];
}

const KINDS: ChartKind[] = [
  { title: "cpu", unit: "percent", figures: ["cpu"] },
  { title: "memory", unit: "bytes", figures: ["memory"] },
  { title: "disk", unit: "rate", figures: ["disk_read", "disk_write"] },
  { title: "network", unit: "rate", figures: ["net_rx", "net_tx"] },
  { title: "commands", unit: "commands", figures: ["reads", "writes"] },
  { title: "bandwidth", unit: "rate", figures: ["bytes_read", "bytes_written"] },
  { title: "response", unit: "milliseconds", figures: ["response"] },
];

/** The charts for which there are figures. */
export const chartsOf = (samples: Samples): ChartKind[] =>
  KINDS.filter(({ figures }) => figures.every((figure) => samples[figure]));

/** One that is measured whenever any is. */
const leading = ({ cpu, reads }: Samples): Values => cpu ?? reads ?? [];

/** Seconds since 1970 of each sample's end. */
export const times = (samples: Samples): number[] =>
  leading(samples).map((_, n) => samples.start + (n + 1) * samples.step);

/** Which sample is the newest that was measured. */
export const latest = (samples: Samples): number =>
  leading(samples).findLastIndex((value) => value !== null);

/** Of all that was measured; null if nothing was. */
export function summary(values: Values): { average: number | null; highest: number | null } {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { average: null, highest: null };
  const sum = known.reduce((one, other) => one + other, 0);
  return { average: sum / known.length, highest: Math.max(...known) };
}

/** A value as people read it. */
export function shown(value: number, unit: Unit): string {
  switch (unit) {
    case "percent":
      return `${number(value)} %`;
    case "milliseconds":
      return `${number(value)} ms`;
    case "commands":
      return `${number(value)}/s`;
    case "rate":
      return `${bytes(value)}/s`;
    case "bytes":
      return bytes(value);
  }
}

const POWERS = Array.from({ length: 50 }, (_, n) => 2 ** n);
const DECIMALS = [0.1, 1, 10, 100, 1000, 10_000, 100_000].flatMap((n) => [n, 2 * n, 5 * n]);
const DISTANCES: Record<Unit, number[]> = {
  percent: [1, 2, 5, 10, 20, 25, 50, 100],
  bytes: POWERS,
  rate: POWERS,
  commands: DECIMALS,
  milliseconds: DECIMALS,
};

/** The distances that marks on an axis may have: of bytes powers of two, so that they are even KiB. */
export const distances = (unit: Unit): number[] => DISTANCES[unit];

const LEAST: Record<Unit, number> = {
  percent: 5,
  bytes: 2 ** 20,
  rate: 2 ** 10,
  commands: 10,
  milliseconds: 1,
};

/** Where an axis that begins at 0 ends; what is next to nothing does not fill it. */
export const top = (highest: number | null, unit: Unit): number =>
  Math.max(1.1 * (highest ?? 0), LEAST[unit]);
