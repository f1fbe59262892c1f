import type { components } from "../api/schema";
import type { Storage } from "../api/storage";
import { bytes } from "../i18n";
import type { Draw, Look } from "./layout";

type Schemas = components["schemas"];

interface Paper {
  box: Draw;
  line: (source: string, target: string, well: boolean) => void;
}

export const WIDE = 210; // from one box to the next
const MOST = 6; // LUNs drawn of one pool
const SPS = 120; // below the LUNs

/** A pool's repositories and LUNs, side by side from `left`; each LUN has a path to each SP of its array. */
export function shared(
  { repositories, luns }: Storage,
  pool: string,
  arrays: Schemas["ArrayView"][],
  left: number,
  y: number,
  { box, line }: Paper,
): void {
  let column = 0;
  const next = () => left + column++ * WIDE;
  for (const one of repositories) {
    const look: Look = Object.keys(one.problems).length > 0 ? "bad" : "good";
    box(`${pool}-${one.name}`, next(), y, {
      title: one.name,
      to: "/repositories",
      lines: [one.mount],
      look,
    });
  }
  for (const lun of luns.slice(0, MOST)) {
    const array = arrays.find((one) => one.name === lun.array);
    const ways = array ? answers(array) : [];
    box(lun.uid, next(), y, {
      title: lun.name,
      to: `/pools/${pool}/luns`,
      lines: [`${lun.array} ${lun.number}, ${bytes(lun.size)}`],
      look: ways.every(Boolean) ? "good" : ways.some(Boolean) ? "warn" : "bad",
    });
    ways.forEach((way, sp) => {
      line(lun.uid, `${array?.id}-${sp}`, way);
    });
  }
  if (luns.length > MOST)
    box(`${pool}-luns`, next(), y, {
      title: `+ ${luns.length - MOST}`,
      to: `/pools/${pool}/luns`,
      lines: [],
      look: "good",
    });
}

/** The storage processors of every array, which all pools share. */
export function processors(arrays: Schemas["ArrayView"][], y: number, box: Draw): void {
  let column = 0;
  for (const array of arrays)
    answers(array).forEach((way, sp) => {
      box(`${array.id}-${sp}`, column++ * WIDE, y + SPS, {
        title: `${array.name} SP ${"AB"[sp]}`,
        to: `/arrays/${array.id}`,
        lines: [array.addresses[sp] ?? ""],
        look: !way ? "bad" : array.health.faults.length > 0 ? "warn" : "good",
      });
    });
}

/** Whether SP A does, and SP B: in the order of the array's addresses. */
const answers = ({ addresses, health }: Schemas["ArrayView"]): boolean[] =>
  addresses.slice(0, 2).map((address) => health.answers[address] ?? false);
