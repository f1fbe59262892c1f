import { useTranslation } from "react-i18next";

interface Props {
  /** Seconds after the last sign of life, and what happened then. */
  moments: [number, string][];
  promised: number;
}

const LINE = 22; // px from the top
const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300];
const MOST = 12; // marks with a number

/** The moments of a failover, to scale, and the end that was promised. */
export function Axis({ moments, promised }: Props) {
  const { t } = useTranslation();
  const last = Math.max(0, ...moments.map(([at]) => at));
  const end = 1.06 * Math.max(promised, last, 1);
  const step = STEPS.find((one) => end / one <= MOST) ?? 600;
  const x = (seconds: number) => `${((100 * seconds) / end).toFixed(2)}%`;
  const marks = Array.from({ length: Math.floor(end / step) + 1 }, (_, n) => n * step);
  return (
    <svg
      className="mp-axis"
      role="img"
      aria-label={`${t("failovers.promised")}: ${promised.toFixed(1)} s, ${t("failovers.measured")}: ${last.toFixed(1)} s`}
    >
      <line className="mp-axis__line" x1="0" x2="100%" y1={LINE} y2={LINE} />
      <line className="mp-axis__took" x1="0" x2={x(last)} y1={LINE} y2={LINE} />
      {marks.map((at) => (
        <g key={at}>
          <line className="mp-axis__line" x1={x(at)} x2={x(at)} y1={LINE} y2={LINE + 5} />
          <text x={x(at)} y={LINE + 18} textAnchor={at === 0 ? "start" : "middle"}>
            {at} s
          </text>
        </g>
      ))}
      <line className="mp-axis__promise" x1={x(promised)} x2={x(promised)} y1="4" y2={LINE + 5} />
      {moments.map(([at, what]) => (
        <circle key={what} cx={x(at)} cy={LINE} r="5">
          <title>{`+${at.toFixed(1)} s: ${what}`}</title>
        </circle>
      ))}
    </svg>
  );
}
