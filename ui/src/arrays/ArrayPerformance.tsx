import { Title } from "@patternfly/react-core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useArrayLoads } from "../api/arrays";
import type { components } from "../api/schema";
import { shown } from "../charts/figures";
import { Filter } from "../parts/Filter";
import { Listing } from "../parts/Listing";
import { useFilters } from "../parts/useFilters";

const Performance = lazy(() => import("../charts/Performance"));

type Load = components["schemas"]["LunLoad"];
const SPS = ["A", "B"];

/** What hosts do to all of an array, to one SP, or to one LUN; the address keeps which. */
export function ArrayPerformance({ array }: { array: string }) {
  const { t } = useTranslation();
  const [filters, set] = useFilters("of");
  const loads = useArrayLoads(array);
  const part = filters.of ?? "";
  const options = [
    { value: "", label: t("arrays.whole") },
    ...SPS.map((sp) => ({ value: sp, label: `SP ${sp}` })),
    ...(loads.data ?? []).map(({ number, name }) => ({
      value: String(number),
      label: `LUN ${number} (${name})`,
    })),
  ];
  return (
    <>
      <Filter
        id="part"
        label={t("arrays.part")}
        value={part}
        onChange={(value) => set("of", value)}
        options={options}
      />
      <Suspense>
        <Performance of="arrays" id={array} part={part} />
      </Suspense>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("arrays.lastMinute")}
      </Title>
      <Loads query={loads} />
    </>
  );
}

function Loads({ query }: { query: ReturnType<typeof useArrayLoads> }) {
  const { t } = useTranslation();
  const rate = (
    key: "reads" | "writes" | "bytes_read" | "bytes_written",
    unit: "commands" | "rate",
  ) => ({
    key,
    title: t(`charts.${key}`),
    by: (one: Load) => one[key],
    cell: (one: Load) => shown(one[key], unit),
  });
  return (
    <Listing
      query={query}
      none={t("charts.none")}
      hint={t("arrays.noLoadsBody")}
      label={t("arrays.lastMinute")}
      id={(one) => String(one.number)}
      columns={[
        { key: "number", title: t("arrays.number"), by: (one) => one.number },
        {
          key: "name",
          title: t("common.name"),
          by: (one) => one.name,
          cell: (one) => <Link to={`?of=${one.number}`}>{one.name}</Link>,
        },
        rate("reads", "commands"),
        rate("writes", "commands"),
        rate("bytes_read", "rate"),
        rate("bytes_written", "rate"),
        {
          key: "response",
          title: t("charts.response"),
          by: (one) => one.response ?? -1,
          cell: (one) => (one.response == null ? "–" : shown(one.response, "milliseconds")),
        },
      ]}
    />
  );
}
