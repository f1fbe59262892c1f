import { bytes, number } from "../i18n";

export type Values = (number | null)[];

/** What the manager keeps of an object, a value a step (seconds); a server has fewer figures. */
export interface Samples {
  start: number;
  step: number;
  cpu: Values;
  memory: Values;
  disk_read?: Values;
  disk_write?: Values;
  net_rx?: Values;
  net_tx?: Values;
}

export type Unit = "percent" | "bytes" | "rate";

/** What one chart draws. */
export interface ChartKind {
  title: "cpu" | "memory" | "disk" | "network";
  unit: Unit;
  figures: Exclude<keyof Samples, "start" | "step">[];
}

const KINDS: ChartKind[] = [
  { title: "cpu", unit: "percent", figures: ["cpu"] },
  { title: "memory", unit: "bytes", figures: ["memory"] },
  { title: "disk", unit: "rate", figures: ["disk_read", "disk_write"] },
  { title: "network", unit: "rate", figures: ["net_rx", "net_tx"] },
];

/** The charts for which there are figures. */
export const chartsOf = (samples: Samples): ChartKind[] =>
  KINDS.filter(({ figures }) => figures.every((figure) => samples[figure]));

/** Seconds since 1970 of each sample's end. */
export const times = ({ start, step, cpu }: Samples): number[] =>
  cpu.map((_, n) => start + (n + 1) * step);

/** Which sample is the newest that was measured. */
export const latest = ({ cpu }: Samples): number => cpu.findLastIndex((value) => value !== null);

/** Of all that was measured; null if nothing was. */
export function summary(values: Values): { average: number | null; highest: number | null } {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { average: null, highest: null };
  const sum = known.reduce((one, other) => one + other, 0);
  return { average: sum / known.length, highest: Math.max(...known) };
}

/** A value as people read it. */
export function shown(value: number, unit: Unit): string {
  if (unit === "percent") return `${number(value)} %`;
  return unit === "rate" ? `${bytes(value)}/s` : bytes(value);
}

/** The distances that marks on an axis may have: of bytes powers of two, so that they are even KiB. */
export const distances = (unit: Unit): number[] =>
  unit === "percent"
    ? [1, 2, 5, 10, 20, 25, 50, 100]
    : Array.from({ length: 50 }, (_, n) => 2 ** n);

const LEAST = { percent: 5, bytes: 2 ** 20, rate: 2 ** 10 };

/** Where an axis that begins at 0 ends; what is next to nothing does not fill it. */
export const top = (highest: number | null, unit: Unit): number =>
  Math.max(1.1 * (highest ?? 0), LEAST[unit]);
