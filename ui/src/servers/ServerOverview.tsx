import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Server } from "../api/client";
import { mebibytes, rolesOf, time } from "../i18n";
import { CopyId, Facts } from "../parts/Facts";

export function ServerOverview({ server }: { server: Server }) {
  const { t } = useTranslation();
  return (
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
  );
}
