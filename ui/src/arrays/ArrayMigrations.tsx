import { Progress } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useArrayMigrations } from "../api/arrays";
import { Listing } from "../parts/Listing";

/** LUNs whose data moves to another pool or tier while hosts use them. */
export function ArrayMigrations({ array }: { array: string }) {
  const { t } = useTranslation();
  return (
    <Listing
      query={useArrayMigrations(array)}
      none={t("arrays.noMigrations")}
      hint={t("arrays.noMigrationsBody")}
      label={t("arrays.migrations")}
      id={(one) => String(one.source)}
      columns={[
        {
          key: "source",
          title: t("arrays.source"),
          by: (one) => one.source,
          cell: (one) => `${one.source} (${one.source_name})`,
        },
        {
          key: "destination",
          title: t("arrays.destination"),
          by: (one) => one.destination,
          cell: (one) => `${one.destination} (${one.destination_name})`,
        },
        { key: "rate", title: t("arrays.rate"), by: (one) => one.rate },
        { key: "state", title: t("common.state"), by: (one) => one.state },
        {
          key: "progress",
          title: t("arrays.moved"),
          by: (one) => one.progress,
          cell: (one) => <Progress size="sm" aria-label={one.source_name} value={one.progress} />,
        },
        { key: "left", title: t("arrays.left"), cell: (one) => one.left },
      ]}
    />
  );
}
