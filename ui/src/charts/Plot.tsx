import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { clock } from "../i18n";
import { distances, shown, top, type Unit, type Values } from "./figures";

interface Props {
  /** What it shows, in words. */
  label: string;
  unit: Unit;
  /** Seconds since 1970 of each value. */
  at: number[];
  lines: Values[];
  /** Seconds from its left edge to the newest value. */
  length: number;
  /** Which value the pointer is at; null: at none. */
  onPoint: (index: number | null) => void;
}

const HEIGHT = 150; // px
const DASHES = [6, 3]; // px: the second line differs not only by its colour

/** Lines over time, drawn in the colours of the theme. */
export function Plot({ label, unit, at, lines, length, onPoint }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const many = lines.length;
  const data: uPlot.AlignedData = [at, ...lines];
  const newest = useRef(data);
  newest.current = data;

  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const drawn = new uPlot(options(place, unit, many, length, onPoint), newest.current, place);
    plot.current = drawn;
    const resized = new ResizeObserver(() =>
      drawn.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    resized.observe(place);
    const themed = new MutationObserver(() => drawn.redraw(false, true));
    themed.observe(document.documentElement, { attributeFilter: ["class"] });
    return () => {
      resized.disconnect();
      themed.disconnect();
      drawn.destroy();
    };
  }, [unit, many, length, onPoint]);

  useEffect(() => plot.current?.setData(data));

  return <div ref={box} className="mp-plot" role="img" aria-label={label} />;
}

function options(
  place: HTMLElement,
  unit: Unit,
  many: number,
  length: number,
  onPoint: Props["onPoint"],
): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(place).getPropertyValue(name);
  const axis: uPlot.Axis = {
    stroke: colour("--mp-plot--text"),
    grid: { stroke: colour("--mp-plot--grid"), width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(place).fontFamily}`,
  };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: "charts" }, drag: { x: false, y: false }, y: false },
    scales: {
      x: { range: (_, __, end) => [end - length, end] },
      y: { range: (_, __, highest) => [0, top(highest, unit)] },
    },
    axes: [
      { ...axis, values: (_, marks) => marks.map(clock) },
      {
        ...axis,
        size: 80,
        incrs: distances(unit),
        values: (_, marks) => marks.map((mark) => shown(mark, unit)),
      },
    ],
    series: [
      {},
      ...Array.from({ length: many }, (_, n): uPlot.Series => {
        const stroke = colour(`--mp-plot--line-${n}`);
        return {
          stroke,
          width: 1.5,
          dash: n === 0 ? [] : DASHES,
          points: { size: 4, fill: stroke },
        };
      }),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}
