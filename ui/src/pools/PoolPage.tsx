import { Alert, Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { millpond, type Operation, type Pool } from "../api/client";
import { usePoolHa, usePools } from "../api/queries";
import { useRun } from "../app/run";
import { PoolFailovers } from "../events/Failovers";
import { rolesOf } from "../i18n";
import { Ask } from "../parts/Ask";
import { DataTable } from "../parts/DataTable";
import { NotFound } from "../parts/Empty";
import { CopyId, Facts } from "../parts/Facts";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { ServerState } from "../servers/ServerState";
import { HaLabel } from "./PoolList";

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
  return (
    <>
      <Heading title={pool.name} note={pool.description} actions={<Arming pool={pool} />} />
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
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("pools.members")}
      </Title>
      <Members pool={pool} />
      <Title headingLevel="h2" size="lg" className="pf-v6-u-my-md">
        {t("pools.ha")}
      </Title>
      <Ha pool={pool} />
      <Title headingLevel="h2" size="lg" className="pf-v6-u-my-md">
        {t("failovers.title")}
      </Title>
      <PoolFailovers pool={pool.id} />
    </>
  );
}

function Members({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t("pools.members")}
      rows={pool.members}
      id={(m) => m.id}
      columns={[
        {
          key: "name",
          title: t("common.name"),
          cell: (m) => <Link to={`/servers/${m.id}`}>{m.name}</Link>,
        },
        { key: "state", title: t("common.state"), cell: (m) => <ServerState server={m} /> },
        { key: "roles", title: t("servers.roles"), cell: (m) => rolesOf(m.roles) },
        { key: "host", title: t("servers.hostId"), cell: (m) => m.host_id },
      ]}
    />
  );
}

/** What is promised for the worst case, and what the pool master thinks now. */
function Ha({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  return (
    <Loaded query={usePoolHa(pool.id)}>
      {(ha) => (
        <>
          {ha.alarms.map((alarm) => (
            <Alert key={alarm} isInline variant="warning" title={alarm} />
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
              [
                t("pools.worst"),
                ha.worst && `${ha.worst.seconds?.toFixed(1) ?? "?"} s (${ha.worst.server})`,
              ],
              [t("pools.waiting"), ha.waiting.join(", ")],
            ]}
          />
        </>
      )}
    </Loaded>
  );
}

function Arming({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const run = useRun();
  const [asking, setAsking] = useState(false);
  const operation = (verb: "arm" | "disarm"): Operation => ({
    method: "POST",
    path: `/pools/${pool.id}/${verb}`,
    cli: millpond("pool", verb, pool.name),
  });
  if (!pool.ha.enabled) return null;
  if (!pool.ha.armed)
    return (
      <Button variant="secondary" onClick={() => run(operation("arm"))}>
        {t("pools.arm")}
      </Button>
    );
  return (
    <>
      <Button variant="secondary" onClick={() => setAsking(true)}>
        {t("pools.disarm")}
      </Button>
      {asking && (
        <Ask
          title={`${t("pools.disarm")}: ${pool.name}`}
          submit={t("pools.disarm")}
          operations={[operation("disarm")]}
          onClose={() => setAsking(false)}
          danger
        >
          <p>{t("pools.disarmLoss")}</p>
        </Ask>
      )}
    </>
  );
}
