import { Button, Flex, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "../../api/client";
import { rolesOf } from "../../i18n";
import { DataTable } from "../../parts/DataTable";
import { ServerState } from "../../servers/ServerState";
import { AddMember } from "./AddMember";
import { ChangeRoles } from "./ChangeRoles";
import { RemoveMember } from "./RemoveMember";

type Member = Pool["members"][number];
type Asked = { what: "add" } | { what: "roles" | "remove"; member: Member };

/** The servers of a pool, and what each does. */
export function PoolMembers({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const busy = Boolean(pool.busy);
  return (
    <>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("pools.members")}
      </Title>
      <Button variant="secondary" isDisabled={busy} onClick={() => setAsked({ what: "add" })}>
        {t("membership.add")}
      </Button>
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
          {
            key: "actions",
            title: t("common.actions"),
            cell: (member) => (
              <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
                <Button
                  variant="link"
                  isInline
                  isDisabled={busy}
                  aria-label={`${t("membership.roles")}: ${member.name}`}
                  onClick={() => setAsked({ what: "roles", member })}
                >
                  {t("membership.roles")}
                </Button>
                <Button
                  variant="link"
                  isInline
                  isDanger
                  isDisabled={busy || member.id === pool.master.id}
                  aria-label={`${t("membership.remove")}: ${member.name}`}
                  onClick={() => setAsked({ what: "remove", member })}
                >
                  {t("membership.remove")}
                </Button>
              </Flex>
            ),
          },
        ]}
      />
      {asked?.what === "add" && <AddMember pool={pool} onClose={close} />}
      {asked?.what === "roles" && <ChangeRoles pool={pool} member={asked.member} onClose={close} />}
      {asked?.what === "remove" && (
        <RemoveMember pool={pool} member={asked.member} onClose={close} />
      )}
    </>
  );
}
