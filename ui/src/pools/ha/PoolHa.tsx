import { Alert, Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "../../api/client";
import { usePoolHa } from "../../api/queries";
import type { components } from "../../api/schema";
import { duration } from "../../i18n";
import { DataTable } from "../../parts/DataTable";
import { Facts } from "../../parts/Facts";
import { Loaded } from "../../parts/Loaded";
import { HaLabel } from "../PoolList";
import { HaDialog } from "./HaDialog";
import { Timing } from "./Timing";

/** What is promised for the worst case, what the pool master thinks now, and how to change it. */
export function PoolHa({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  return (
    <Loaded query={usePoolHa(pool.id)}>
      {(ha) => (
        <>
          {alarms(ha).map((alarm) => (
            <Alert key={alarm} isInline variant="warning" title={alarm} className="pf-v6-u-mb-md" />
          ))}
          <Facts
            of={[
              [t("common.state"), <HaLabel key="state" ha={pool.ha} />],
              [t("pools.sentence"), ha.sentence],
              [
                t("pools.promised"),
                `${t("pools.fenced", { s: ha.promised_fenced })}, ${t("pools.leases", { s: ha.promised_by_leases })}`,
              ],
              [t("pools.tolerate"), ha.settings.tolerate],
              [t("pools.isolation"), t(`pools.isolations.${ha.settings.isolation}`)],
              [
                t("pools.worst"),
                ha.worst && `${ha.worst.seconds?.toFixed(1) ?? "?"} s (${ha.worst.server})`,
              ],
              [t("pools.waiting"), ha.waiting.join(", ")],
            ]}
          />
          <Button
            variant="secondary"
            className="pf-v6-u-mt-md"
            isDisabled={Boolean(pool.busy)}
            onClick={() => setChanging(true)}
          >
            {t("pools.changeHa")}
          </Button>
          <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
            {t("nav.servers")}
          </Title>
          <Hosts hosts={ha.hosts} />
          <Timing pool={pool.id} />
          {changing && (
            <HaDialog pool={pool} now={ha.settings} onClose={() => setChanging(false)} />
          )}
        </>
      )}
    </Loaded>
  );
}

/** Of the pool, and of each of its servers. */
const alarms = (ha: components["schemas"]["PoolHa"]): string[] => [
  ...ha.alarms,
  ...ha.hosts.flatMap((host) => host.alarms.map((alarm) => `${host.name}: ${alarm}`)),
];

/** What the pool master hears of each server, on the network and on the storage. */
function Hosts({ hosts }: { hosts: components["schemas"]["HostStatus"][] }) {
  const { t } = useTranslation();
  const ago = (seconds: number | null) =>
    seconds === null ? t("users.never") : t("pools.ago", { time: duration(seconds) });
  return (
    <DataTable
      label={t("nav.servers")}
      rows={hosts}
      id={(one) => one.server}
      columns={[
        {
          key: "server",
          title: t("common.name"),
          by: (one) => one.name,
          cell: (one) => <Link to={`/servers/${one.server}`}>{one.name}</Link>,
        },
        { key: "hostState", title: t("common.state"), by: (one) => one.state },
        {
          key: "network",
          title: t("pools.network"),
          cell: (one) => ago(one.network_age),
        },
        {
          key: "storage",
          title: t("pools.storage"),
          cell: (one) => ago(one.storage_age),
        },
        { key: "watchdog", title: t("pools.watchdog"), cell: (one) => one.watchdog },
        { key: "fences", title: t("fencing.title"), by: (one) => one.devices },
      ]}
    />
  );
}
