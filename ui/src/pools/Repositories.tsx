import { Label, Progress } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Pool } from "../api/client";
import { useRepositories } from "../api/queries";
import { bytes } from "../i18n";
import { DataTable } from "../parts/DataTable";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { EachPool } from "./EachPool";

export default function Repositories() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("nav.repositories")} />
      <EachPool>{(pool) => <OfPool pool={pool} />}</EachPool>
    </>
  );
}

function OfPool({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useRepositories(pool.id)}>
      {(repositories) => (
        <DataTable
          label={`${t("nav.repositories")}: ${pool.name}`}
          rows={repositories}
          id={(one) => one.id ?? ""}
          columns={[
            {
              key: "name",
              title: t("common.name"),
              by: (one) => one.name,
            },
            {
              key: "kind",
              title: t("repositories.kind"),
              cell: (one) => one.kind ?? t("repositories.root"),
            },
            {
              key: "mount",
              title: t("repositories.mount"),
              cell: (one) => <code>{one.mount}</code>,
            },
            {
              key: "used",
              title: t("common.used"),
              cell: (one) =>
                one.total > 0 && (
                  <Progress
                    size="sm"
                    measureLocation="outside"
                    aria-label={`${t("common.used")}: ${one.name}`}
                    value={Math.round((100 * (one.total - one.free)) / one.total)}
                    title={t("common.of", {
                      used: bytes(one.total - one.free),
                      total: bytes(one.total),
                    })}
                  />
                ),
            },
            {
              key: "over",
              title: t("common.details"),
              cell: (one) =>
                one.virtual > one.total && (
                  <Label isCompact status="warning">
                    {t("repositories.over", { size: bytes(one.virtual) })}
                  </Label>
                ),
            },
            {
              key: "vms",
              title: t("repositories.vms"),
              by: (one) => one.vms,
            },
            {
              key: "trouble",
              title: t("repositories.trouble"),
              cell: (one) =>
                [
                  ...Object.entries(one.problems).map(([server, why]) => `${server}: ${why}`),
                  ...one.unknown.map((server) => `${server}: ?`),
                ].join("; "),
            },
          ]}
        />
      )}
    </Loaded>
  );
}
