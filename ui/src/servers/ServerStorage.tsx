import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Server } from "../api/client";
import { useRepositories } from "../api/queries";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";
import { type Repository, useColumns } from "../repositories/columns";

export function ServerStorage({ server }: { server: Server }) {
  const { t } = useTranslation();
  return server.pool ? (
    <InPool server={server.name} pool={server.pool.id} />
  ) : (
    <Empty title={t("servers.noPool")} />
  );
}

/** The repositories that this server shall have, each as it finds it. */
function InPool({ server, pool }: { server: string; pool: string }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const here = (one: Repository) =>
    server in one.problems || one.servers.includes(server) || one.unknown.includes(server);
  return (
    <Loaded query={useRepositories(pool)}>
      {(all) =>
        all.some(here) ? (
          <DataTable
            label={t("servers.tabs.storage")}
            rows={all.filter(here)}
            id={(one) => one.name}
            columns={[
              ...columns,
              {
                key: "here",
                title: t("common.state"),
                cell: (one) => <Here repository={one} server={server} />,
              },
            ]}
          />
        ) : (
          <Empty title={t("servers.noRepositories")} />
        )
      }
    </Loaded>
  );
}

function Here({ repository, server }: { repository: Repository; server: string }) {
  const { t } = useTranslation();
  if (repository.servers.includes(server))
    return (
      <Label isCompact status="success">
        {t("servers.repository.usable")}
      </Label>
    );
  const problem = repository.problems[server];
  return (
    <Label isCompact status={problem === undefined ? "warning" : "danger"}>
      {problem ?? t("servers.repository.silent")}
    </Label>
  );
}
