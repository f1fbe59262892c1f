import { ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Sampled, useSamples } from "../api/queries";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";
import { useFilters } from "../parts/useFilters";
import { Chart } from "./Chart";
import { chartsOf, type Samples, times } from "./figures";

const SPANS = { hour: 3600, day: 86_400 };

interface Props {
  of: Sampled;
  id: string;
  /** One SP or LUN of an array. */
  part?: string;
}

/** What a VM or a server has used lately, or hosts did to an array. */
export default function Performance({ of, id, part = "" }: Props) {
  const { t } = useTranslation();
  const [filters, set] = useFilters("span");
  const span = filters.span === "day" ? "day" : "hour";
  return (
    <>
      <ToggleGroup aria-label={t("charts.span")} className="pf-v6-u-mb-sm">
        {(["hour", "day"] as const).map((one) => (
          <ToggleGroupItem
            key={one}
            text={t(`charts.${one}`)}
            isSelected={span === one}
            onChange={() => set("span", one)}
          />
        ))}
      </ToggleGroup>
      <Loaded query={useSamples(of, id, span, part)}>
        {(samples) => <Charts samples={samples} length={SPANS[span]} />}
      </Loaded>
    </>
  );
}

function Charts({ samples, length }: { samples: Samples; length: number }) {
  const { t } = useTranslation();
  const [point, show] = useState<number | null>(null);
  const at = times(samples);
  if (at.length === 0) return <Empty title={t("charts.none")}>{t("charts.noneBody")}</Empty>;
  return (
    <div className="mp-charts">
      {chartsOf(samples).map((kind) => (
        <Chart
          key={kind.title}
          kind={kind}
          samples={samples}
          at={at}
          length={length}
          point={point}
          onPoint={show}
        />
      ))}
    </div>
  );
}
