import { Button, Title } from "@patternfly/react-core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { millpond, type Operation, type Server } from "../api/client";
import { useServers, useVms } from "../api/queries";
import { useRun } from "../app/run";
import { mebibytes, rolesOf, time } from "../i18n";
import { Ask } from "../parts/Ask";
import { DataTable } from "../parts/DataTable";
import { Empty, NotFound } from "../parts/Empty";
import { CopyId, Facts } from "../parts/Facts";
import { Heading } from "../parts/Heading";
import { History } from "../parts/History";
import { Loaded } from "../parts/Loaded";
import { PowerLabel } from "../vms/PowerLabel";
import { ServerState } from "./ServerState";

const Performance = lazy(() => import("../charts/Performance"));

export default function ServerPage() {
  const { key } = useParams();
  return (
    <Loaded query={useServers()}>
      {(servers) => {
        const server = servers.find((s) => s.id === key || s.name === key);
        return server ? <Page server={server} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function Page({ server }: { server: Server }) {
  const { t } = useTranslation();
  return (
    <>
      <Heading
        title={server.name}
        note={<ServerState server={server} />}
        actions={<Maintenance server={server} />}
      />
      <Facts
        of={[
          [
            t("common.pool"),
            server.pool && (
              <Link key="pool" to={`/pools/${server.pool.id}`}>
                {server.pool.name}
              </Link>
            ),
          ],
          [t("servers.roles"), rolesOf(server.roles)],
          [t("servers.address"), `${server.address}:${server.port}`],
          [
            t("servers.hypervisor"),
            [server.hypervisor, server.acceleration].filter(Boolean).join(", "),
          ],
          [t("servers.cpus"), server.cpus],
          [t("common.memory"), server.memory !== null && mebibytes(server.memory)],
          [t("common.free"), server.memory_free !== null && mebibytes(server.memory_free)],
          [t("servers.hostId"), server.host_id],
          [
            t("fencing.title"),
            server.pool && (
              <Link key="fencing" to={`/pools/${server.pool.id}/fencing`}>
                {t("common.details")}
              </Link>
            ),
          ],
          [t("servers.seen"), server.seen && time(server.seen)],
          [t("common.id"), <CopyId key="id" id={server.id} />],
        ]}
      />
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("charts.title")}
      </Title>
      <Suspense>
        <Performance of="servers" id={server.id} />
      </Suspense>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("servers.guests")}
      </Title>
      <Guests server={server} />
      <History subject={`server:${server.id}`} />
    </>
  );
}

function Guests({ server }: { server: Server }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useVms()}>
      {(vms) => {
        const here = vms.filter((vm) => vm.server?.id === server.id);
        if (here.length === 0) return <Empty title={t("servers.noGuests")} />;
        return (
          <DataTable
            label={t("servers.guests")}
            rows={here}
            id={(vm) => vm.id}
            columns={[
              {
                key: "name",
                title: t("common.name"),
                cell: (vm) => <Link to={`/vms/${vm.id}`}>{vm.name}</Link>,
              },
              { key: "power", title: t("common.state"), cell: (vm) => <PowerLabel vm={vm} /> },
              {
                key: "memory",
                title: t("common.memory"),
                cell: (vm) => mebibytes(vm.config.memory),
              },
            ]}
          />
        );
      }}
    </Loaded>
  );
}

function Maintenance({ server }: { server: Server }) {
  const { t } = useTranslation();
  const run = useRun();
  const [asking, setAsking] = useState(false);
  const operation = (path: string, verb: string): Operation => ({
    method: "POST",
    path: `/servers/${server.id}/${path}`,
    cli: millpond("server", verb, server.name),
  });
  if (!server.pool) return null;
  if (server.maintenance) {
    return (
      <Button
        variant="secondary"
        isDisabled={Boolean(server.busy)}
        onClick={() => run(operation("activate", "activate"))}
      >
        {t("servers.leave")}
      </Button>
    );
  }
  return (
    <>
      <Button variant="secondary" isDisabled={Boolean(server.busy)} onClick={() => setAsking(true)}>
        {t("servers.enter")}
      </Button>
      {asking && (
        <Ask
          title={`${t("servers.enter")}: ${server.name}`}
          submit={t("servers.enter")}
          onClose={() => setAsking(false)}
          operations={[operation("maintenance", "maintenance")]}
        >
          <p>{t("servers.enterLoss")}</p>
        </Ask>
      )}
    </>
  );
}
