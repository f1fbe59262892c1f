import { useTranslation } from "react-i18next";
import { useArray } from "../api/arrays";
import { bytes } from "../i18n";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";
import { Usage } from "../parts/Usage";

export function ArrayPools({ array }: { array: string }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useArray(array)}>
      {({ pools }) =>
        pools.length === 0 ? (
          <Empty title={t("arrays.noPools")} />
        ) : (
          <DataTable
            label={t("arrays.pools")}
            rows={pools}
            id={(pool) => pool.name}
            columns={[
              { key: "name", title: t("common.name"), by: (pool) => pool.name },
              { key: "state", title: t("common.state"), by: (pool) => pool.state },
              {
                key: "used",
                title: t("common.used"),
                by: (pool) => (pool.size ? 1 - pool.free / pool.size : 0),
                cell: (pool) => <Usage name={pool.name} free={pool.free} total={pool.size} />,
              },
              {
                key: "promised",
                title: t("arrays.promised"),
                by: (pool) => pool.subscribed,
                cell: (pool) => bytes(pool.subscribed),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}
