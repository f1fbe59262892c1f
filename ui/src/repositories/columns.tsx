import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { components } from "../api/schema";
import { bytes } from "../i18n";
import type { Column } from "../parts/DataTable";
import { Usage } from "../parts/Usage";

export type Repository = components["schemas"]["RepositoryView"];

/** What a repository is and how full, wherever it is listed. */
export function useColumns(): Column<Repository>[] {
  const { t } = useTranslation();
  return [
    { key: "name", title: t("common.name"), by: (one) => one.name },
    {
      key: "kind",
      title: t("repositories.kind"),
      cell: (one) => (one.kind ? t(`repositories.kinds.${one.kind}`) : t("repositories.root")),
    },
    {
      key: "mount",
      title: t("repositories.mount"),
      cell: (one) => <code title={one.mount}>{one.mount}</code>,
    },
    {
      key: "used",
      title: t("common.used"),
      cell: (one) => one.total > 0 && <Used repository={one} />,
    },
  ];
}

function Used({ repository: one }: { repository: Repository }) {
  const { t } = useTranslation();
  return (
    <>
      <Usage name={one.name} free={one.free} total={one.total} />
      {one.virtual > one.total && (
        <Label isCompact status="warning">
          {t("repositories.over", { size: bytes(one.virtual) })}
        </Label>
      )}
    </>
  );
}
