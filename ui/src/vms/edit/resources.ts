import type { Vm } from "../../api/client";
import { parseCount, parseMebibytes, writeMebibytes } from "../../parts/written";

export const FIELDS = [
  "memory",
  "max_memory",
  "vcpus",
  "max_vcpus",
  "cpu_weight",
  "cpu_cap",
  "io_weight",
] as const;
type Field = (typeof FIELDS)[number];
/** What stands in the form. */
export type Texts = Record<Field, string>;

/** The name of each, and what is written there. */
export const labels = {
  memory: ["common.memory", "common.sizeHint"],
  max_memory: ["edit.max_memory", "edit.maxHint"],
  vcpus: ["common.vcpus", "edit.vcpusHint"],
  max_vcpus: ["edit.max_vcpus", "edit.maxHint"],
  cpu_weight: ["edit.cpu_weight", "edit.cpu_weightHint"],
  cpu_cap: ["edit.cpu_cap", "edit.cpu_capHint"],
  io_weight: ["edit.io_weight", "edit.io_weightHint"],
} as const;

const isMemory = (field: Field) => field === "memory" || field === "max_memory";

const BOUNDS: Record<Exclude<Field, "memory" | "max_memory">, [number, number]> = {
  vcpus: [1, 288],
  max_vcpus: [1, 288],
  cpu_weight: [1, 10_000],
  cpu_cap: [0, 28_800],
  io_weight: [1, 1000],
};

/** Least and most memory of a VM, in MiB. */
const LEAST = 32;
const MOST = 16_777_216;

export function parseMemory(text: string): number | undefined {
  const mib = parseMebibytes(text);
  return mib !== undefined && mib >= LEAST && mib <= MOST ? mib : undefined;
}

export const parseVcpus = (text: string) => parseCount(text, ...BOUNDS.vcpus);

const parse = (field: Field, text: string): number | undefined =>
  field === "memory" || field === "max_memory"
    ? parseMemory(text)
    : parseCount(text, ...BOUNDS[field]);

/**
 * What was typed, else what the VM has. While it is off, the most that it can get grows with what it
 * has: nobody has to raise both.
 */
export function written({ config }: Vm, typed: Partial<Texts>, off: boolean): Texts {
  const now = (field: Field) =>
    isMemory(field) ? writeMebibytes(config[field]) : String(config[field]);
  const own = (field: Field) => typed[field] ?? now(field);
  const most = (field: "max_memory" | "max_vcpus", of: "memory" | "vcpus") =>
    off && (parse(of, own(of)) ?? 0) > config[field] ? own(of) : now(field);
  return {
    ...(Object.fromEntries(FIELDS.map((field) => [field, own(field)])) as Texts),
    max_memory: typed.max_memory ?? most("max_memory", "memory"),
    max_vcpus: typed.max_vcpus ?? most("max_vcpus", "vcpus"),
  };
}

/** What the texts mean, and which of them cannot be. */
export function read(texts: Texts): { wanted: Partial<Record<Field, number>>; wrong: Field[] } {
  const wanted: Partial<Record<Field, number>> = {};
  const wrong: Field[] = [];
  for (const field of FIELDS) {
    const value = parse(field, texts[field]);
    if (value === undefined) wrong.push(field);
    else wanted[field] = value;
  }
  for (const [most, of] of [
    ["max_memory", "memory"],
    ["max_vcpus", "vcpus"],
  ] as const)
    if ((wanted[most] ?? 0) < (wanted[of] ?? 0) && !wrong.includes(most)) wrong.push(most);
  return { wanted, wrong };
}
