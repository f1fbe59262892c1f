import { useId } from "react";
import { useTranslation } from "react-i18next";
import { clock } from "../i18n";
import { type ChartKind, latest, type Samples, shown, summary } from "./figures";
import { Plot } from "./Plot";

interface Props {
  kind: ChartKind;
  samples: Samples;
  at: number[];
  length: number;
  /** Which sample the pointer is at. */
  point: number | null;
  onPoint: (index: number | null) => void;
}

/** One chart, and its figures as a table: at the pointer, else the newest. */
export function Chart({
  kind: { title, unit, figures },
  samples,
  at,
  length,
  point,
  onPoint,
}: Props) {
  const { t } = useTranslation();
  const name = useId();
  const lines = figures.map((figure) => samples[figure] ?? []);
  const told = point ?? latest(samples);
  const written = (value: number | null | undefined) =>
    typeof value === "number" ? shown(value, unit) : "–";
  return (
    <figure className="mp-chart" aria-labelledby={name}>
      <figcaption id={name}>{t(`charts.${title}`)}</figcaption>
      <Plot
        label={t(`charts.${title}`)}
        unit={unit}
        at={at}
        lines={lines}
        length={length}
        onPoint={onPoint}
      />
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{clock(at[told] ?? 0)}</th>
            <th scope="col">{t("charts.average")}</th>
            <th scope="col">{t("charts.highest")}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure, n) => {
            const { average, highest } = summary(lines[n] ?? []);
            return (
              <tr key={figure}>
                <th scope="row" className={`mp-chart__line-${n}`}>
                  {t(`charts.${figure}`)}
                </th>
                <td>{written(lines[n]?.[told])}</td>
                <td>{written(average)}</td>
                <td>{written(highest)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </figure>
  );
}
