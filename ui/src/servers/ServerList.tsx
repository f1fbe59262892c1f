import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Server } from "../api/client";
import { useServers } from "../api/queries";
import { mebibytes, rolesOf } from "../i18n";
import type { Column } from "../parts/DataTable";
import { Heading } from "../parts/Heading";
import { Listing } from "../parts/Listing";
import { AddServer } from "./AddServer";
import { Enrolment, type ServerToken } from "./Enrolment";
import { ServerState } from "./ServerState";

export default function ServerList() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const [given, setGiven] = useState<ServerToken>();
  const servers = useServers();
  const add = <Button onClick={() => setAdding(true)}>{t("enrolment.add")}</Button>;
  const columns: Column<Server>[] = [
    {
      key: "name",
      title: t("common.name"),
      by: (s) => s.name,
      cell: (s) => <Link to={`/servers/${s.id}`}>{s.name}</Link>,
    },
    {
      key: "state",
      title: t("common.state"),
      by: (s) => `${s.up}${s.maintenance}`,
      cell: (s) => <ServerState server={s} />,
    },
    {
      key: "pool",
      title: t("common.pool"),
      by: (s) => s.pool?.name ?? "",
      cell: (s) => s.pool && <Link to={`/pools/${s.pool.id}`}>{s.pool.name}</Link>,
    },
    {
      key: "roles",
      title: t("servers.roles"),
      cell: (s) => <span className="mp-wrap">{rolesOf(s.roles)}</span>,
    },
    {
      key: "vms",
      title: t("servers.vms"),
      by: (s) => s.vms,
      cell: (s) => <Link to={`/vms?server=${s.name}`}>{s.vms}</Link>,
    },
    { key: "cpus", title: t("servers.cpus"), by: (s) => s.cpus ?? 0, cell: (s) => s.cpus },
    {
      key: "free",
      title: `${t("common.memory")}: ${t("common.free")}`,
      by: (s) => s.memory_free ?? 0,
      cell: (s) =>
        s.memory !== null &&
        s.memory_free !== null &&
        t("common.of", { used: mebibytes(s.memory_free), total: mebibytes(s.memory) }),
    },
    {
      key: "address",
      title: t("servers.address"),
      by: (s) => s.address,
      cell: (s) => <code>{s.address}</code>,
    },
    {
      key: "hypervisor",
      title: t("servers.hypervisor"),
      cell: (s) => (
        <span className="mp-wrap">{[s.hypervisor, s.acceleration].filter(Boolean).join(", ")}</span>
      ),
    },
  ];
  return (
    <>
      <Heading title={t("servers.title")} actions={servers.data?.length !== 0 && add} />
      {adding && <AddServer onClose={() => setAdding(false)} onAdded={setGiven} />}
      {given && <Enrolment given={given} onClose={() => setGiven(undefined)} />}
      <Listing
        query={servers}
        none={t("servers.empty")}
        hint={t("servers.emptyBody")}
        {...(servers.data?.length === 0 && { action: add })}
        label={t("servers.title")}
        id={(s) => s.id}
        columns={columns}
      />
    </>
  );
}
