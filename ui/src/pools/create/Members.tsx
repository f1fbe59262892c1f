import { Checkbox } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Server } from "../../api/client";
import { Empty } from "../../parts/Empty";
import { ServerState } from "../../servers/ServerState";
import { ROLES, type Role, type Roles } from "./plan";

interface Props {
  servers: Server[];
  roles: Roles;
  setRoles: (roles: Roles) => void;
}

/** Which servers the pool is made of, and what each does. */
export function Members({ servers, roles, setRoles }: Props) {
  const { t } = useTranslation();
  if (servers.length === 0)
    return (
      <Empty title={t("wizard.noServers")} action={<Link to="/servers">{t("nav.servers")}</Link>}>
        {t("servers.emptyBody")}
      </Empty>
    );
  const turn = (name: string, role: Role, on: boolean) => {
    const next = { ...roles };
    // There is one pool master: whoever becomes it takes it from another.
    if (role === "master" && on)
      for (const other of Object.keys(next))
        next[other] = (next[other] ?? []).filter((one) => one !== "master");
    const had = (next[name] ?? []).filter((one) => one !== role);
    next[name] = ROLES.filter((one) => had.includes(one) || (on && one === role));
    setRoles(next);
  };
  return (
    <Table aria-label={t("pools.members")} variant="compact">
      <Thead>
        <Tr>
          <Th>{t("common.server")}</Th>
          <Th>{t("common.state")}</Th>
          {ROLES.map((role) => (
            <Th key={role}>{t(`roles.${role}`)}</Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {servers.map((server) => (
          <Tr key={server.id}>
            <Td dataLabel={t("common.server")}>{server.name}</Td>
            <Td dataLabel={t("common.state")}>
              <ServerState server={server} />
            </Td>
            {ROLES.map((role) => (
              <Td key={role} dataLabel={t(`roles.${role}`)}>
                <Checkbox
                  id={`role-${server.id}-${role}`}
                  aria-label={`${server.name}: ${t(`roles.${role}`)}`}
                  isChecked={(roles[server.name] ?? []).includes(role)}
                  onChange={(_, on) => turn(server.name, role, on)}
                />
              </Td>
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
