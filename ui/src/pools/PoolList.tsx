import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "../api/client";
import { usePools } from "../api/queries";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { CreatePool } from "./create/CreatePool";

export default function PoolList() {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const create = <Button onClick={() => setCreating(true)}>{t("pools.create")}</Button>;
  return (
    <>
      <Heading title={t("pools.title")} actions={create} />
      {creating && <CreatePool onClose={() => setCreating(false)} />}
      <Loaded query={usePools()}>
        {(pools) =>
          pools.length === 0 ? (
            <Empty title={t("pools.empty")} action={create}>
              {t("pools.emptyBody")}
            </Empty>
          ) : (
            <DataTable
              label={t("pools.title")}
              rows={pools}
              id={(pool) => pool.id}
              columns={[
                {
                  key: "name",
                  title: t("common.name"),
                  by: (pool) => pool.name,
                  cell: (pool) => <Link to={`/pools/${pool.id}`}>{pool.name}</Link>,
                },
                {
                  key: "master",
                  title: t("pools.master"),
                  by: (pool) => pool.master.name,
                  cell: ({ master }) => <Link to={`/servers/${master.id}`}>{master.name}</Link>,
                },
                {
                  key: "members",
                  title: t("pools.members"),
                  by: (pool) => pool.members.length,
                  cell: ({ members }) =>
                    `${members.filter((m) => m.up).length} / ${members.length}`,
                },
                {
                  key: "vms",
                  title: t("servers.vms"),
                  by: (pool) => pool.vms,
                },
                { key: "ha", title: t("pools.ha"), cell: (pool) => <HaLabel ha={pool.ha} /> },
                {
                  key: "root",
                  title: t("pools.root"),
                  cell: (pool) => <code>{pool.cluster_root}</code>,
                },
              ]}
            />
          )
        }
      </Loaded>
    </>
  );
}

export function HaLabel({ ha }: { ha: Pool["ha"] }) {
  const { t } = useTranslation();
  if (!ha.enabled) return <Label isCompact>{t("pools.off")}</Label>;
  return ha.armed ? (
    <Label isCompact status="success">
      {t("pools.on")}
    </Label>
  ) : (
    <Label isCompact status="warning">
      {t("pools.disarmed")}
    </Label>
  );
}
