import { ExpandableSection } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useTiming } from "../../api/queries";
import { DataTable } from "../../parts/DataTable";
import { Facts } from "../../parts/Facts";
import { Loaded } from "../../parts/Loaded";

/** The chain of patiences that the promise is made of. */
export function Timing({ pool }: { pool: string }) {
  const { t } = useTranslation();
  return (
    <ExpandableSection toggleText={t("pools.timing")} className="pf-v6-u-mt-lg">
      <Loaded query={useTiming(pool)}>
        {(timing) => (
          <>
            <Facts
              of={[
                [t("pools.outage"), `${timing.outage} s`],
                [t("pools.detection"), `${timing.detection} s`],
                [t("pools.boundFenced"), `${timing.promised_fenced} s`],
                [t("pools.boundOcfs2"), `${timing.promised_fenced_ocfs2} s`],
                [t("pools.boundLeases"), `${timing.promised_by_leases} s`],
              ]}
            />
            <DataTable
              label={t("pools.patiences")}
              rows={timing.settings}
              id={(one) => `${one.engine} ${one.setting}`}
              columns={[
                { key: "engine", title: t("pools.engine"), by: (one) => one.engine },
                { key: "setting", title: t("pools.setting"), by: (one) => one.setting },
                {
                  key: "value",
                  title: t("pools.value"),
                  cell: (one) => `${one.value} ${one.unit}`,
                },
                { key: "meaning", title: t("pools.meaning"), cell: (one) => one.meaning },
              ]}
            />
            <DataTable
              label={t("pools.order")}
              rows={timing.chain}
              id={(one) => one.name}
              columns={[
                { key: "order", title: t("pools.order"), by: (one) => one.name },
                {
                  key: "seconds",
                  title: t("pools.value"),
                  cell: (one) => `${one.left} s ≤ ${one.right} s`,
                },
                {
                  key: "holds",
                  title: t("pools.holds"),
                  cell: (one) => (one.holds ? t("common.yes") : t("common.no")),
                },
                { key: "why", title: t("pools.meaning"), cell: (one) => one.why },
              ]}
            />
          </>
        )}
      </Loaded>
    </ExpandableSection>
  );
}
