import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../../api/client";
import { Ask } from "../../parts/Ask";
import type { Role } from "../create/plan";
import { RolesField } from "./RolesField";

interface Props {
  pool: Pool;
  member: Pool["members"][number];
  onClose: () => void;
}

/** What a member does; the role of master moves to it from the present one. */
export function ChangeRoles({ pool, member, onClose }: Props) {
  const { t } = useTranslation();
  const [roles, setRoles] = useState<Role[]>(member.roles);
  const isMaster = member.id === pool.master.id;
  const same = roles.length === member.roles.length && roles.every((r) => member.roles.includes(r));
  return (
    <Ask
      title={`${t("membership.roles")}: ${member.name}`}
      submit={t("membership.roles")}
      onClose={onClose}
      ready={roles.length > 0 && !same}
      operations={[
        {
          method: "PATCH",
          path: `/pools/${pool.id}/servers/${member.id}`,
          body: { roles },
          cli: millpond("pool", "roles", pool.name, member.name, roles.join(",") || "ROLES"),
        },
      ]}
    >
      {isMaster && <p>{t("membership.masterStays")}</p>}
      {!isMaster && roles.includes("master") && (
        <p>{t("membership.masterMoves", { server: pool.master.name })}</p>
      )}
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <RolesField roles={roles} change={setRoles} kept={isMaster ? "master" : undefined} />
      </Form>
    </Ask>
  );
}
