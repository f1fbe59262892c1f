/** What people write, as the command line takes it too, and what it means. */

const UNITS = "KMGT";
const DAYS = { m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** `512M`, `10G`: bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,7})([KMGT])$/i.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * 1024 ** (UNITS.indexOf(String(match[2]).toUpperCase()) + 1);
}

/** `512M`, `1G`: MiB, of which memory is made. */
export function parseMebibytes(text: string): number | undefined {
  const size = parseSize(text);
  return size === undefined || size % 1024 ** 2 !== 0 ? undefined : size / 1024 ** 2;
}

/** MiB as they are written: `512M`, `1G`. */
export const writeMebibytes = (mib: number): string =>
  mib % 1024 === 0 ? `${mib / 1024}G` : `${mib}M`;

/** A whole number within bounds. */
export function parseCount(text: string, least: number, most: number): number | undefined {
  const count = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return count >= least && count <= most ? count : undefined;
}

/** Words between spaces or commas. */
export const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

/** `30m`, `12h`, `1d`, `1w`: seconds. */
export function parsePeriod(text: string): number | undefined {
  const match = /^(\d{1,6})([mhdw])$/.exec(text.trim());
  return match ? Number(match[1]) * DAYS[match[2] as keyof typeof DAYS] : undefined;
}

/** What VMs, pools, repositories and users may be called. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** What VMs are tagged with. */
export const TAG = /^[A-Za-z0-9][A-Za-z0-9_.:=-]{0,62}$/;

/** What a bridge or a NIC may be called: Linux allows 15 characters. */
export const INTERFACE = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;

/** As options of a choice. */
export const named = (list: readonly { name: string }[]) =>
  list.map(({ name }) => ({ value: name, label: name }));
