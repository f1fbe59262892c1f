import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import type { Pool } from "../api/client";
import { usePools } from "../api/queries";
import { PoolFailovers } from "../events/Failovers";
import { NotFound } from "../parts/Empty";
import { CopyId, Facts } from "../parts/Facts";
import { Heading } from "../parts/Heading";
import { History } from "../parts/History";
import { Loaded } from "../parts/Loaded";
import { Tabbed } from "../parts/Tabbed";
import { PoolFencing } from "./fencing/Fencing";
import { PoolHa } from "./ha/PoolHa";
import { PoolLuns } from "./luns/PoolLuns";
import { PoolMembers } from "./members/PoolMembers";
import { PoolActions } from "./PoolActions";

const TABS = ["overview", "luns", "ha", "fencing", "failovers", "history"] as const;

export default function PoolPage() {
  const { key } = useParams();
  return (
    <Loaded query={usePools()}>
      {(pools) => {
        const pool = pools.find((one) => one.id === key || one.name === key);
        return pool ? <Page pool={pool} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function Page({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const { tab } = useParams();
  return (
    <>
      <Heading title={pool.name} note={pool.description} actions={<PoolActions pool={pool} />} />
      <Tabbed
        label={pool.name}
        path={`/pools/${pool.id}`}
        tabs={TABS.map((key) => ({ key, title: t(`pools.tabs.${key}`) }))}
        chosen={tab}
      >
        {(shown) => <Content pool={pool} tab={shown} />}
      </Tabbed>
    </>
  );
}

function Content({ pool, tab }: { pool: Pool; tab: (typeof TABS)[number] }) {
  switch (tab) {
    case "overview":
      return <Overview pool={pool} />;
    case "luns":
      return <PoolLuns pool={pool} />;
    case "ha":
      return <PoolHa pool={pool} />;
    case "fencing":
      return <PoolFencing pool={pool} />;
    case "failovers":
      return <PoolFailovers pool={pool.id} />;
    case "history":
      return <History subject={`pool:${pool.id}`} />;
  }
}

function Overview({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  return (
    <>
      <Facts
        of={[
          [
            t("pools.master"),
            <Link key="master" to={`/servers/${pool.master.id}`}>
              {pool.master.name}
            </Link>,
          ],
          [t("pools.term"), pool.term],
          [t("pools.root"), <code key="root">{pool.cluster_root}</code>],
          [t("pools.bridges"), pool.bridges.map((bridge) => bridge.name).join(", ")],
          [t("servers.vms"), pool.vms],
          [t("common.id"), <CopyId key="id" id={pool.id} />],
        ]}
      />
      <PoolMembers pool={pool} />
    </>
  );
}
