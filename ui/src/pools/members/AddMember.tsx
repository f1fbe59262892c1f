import { Alert, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../../api/client";
import { useServers } from "../../api/queries";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { named } from "../../parts/written";
import type { Role } from "../create/plan";
import { RolesField } from "./RolesField";

/** The role of master is taken over by a member, never brought along. */
const BROUGHT: readonly Role[] = ["utility", "vm"];

/** One more server for a pool, of those that are in none. */
export function AddMember({ pool, onClose }: { pool: Pool; onClose: () => void }) {
  const { t } = useTranslation();
  const free = useServers().data?.filter((one) => one.enrolled && !one.pool) ?? [];
  const [chosen, setChosen] = useState<string>();
  const [roles, setRoles] = useState<Role[]>(["vm"]);
  const server = chosen ?? free[0]?.name ?? "";
  return (
    <Ask
      title={`${t("membership.add")}: ${pool.name}`}
      submit={t("membership.add")}
      onClose={onClose}
      ready={server !== "" && roles.length > 0}
      operations={[
        {
          method: "POST",
          path: `/pools/${pool.id}/servers`,
          body: { server, roles },
          cli: millpond("pool", "add-server", pool.name, server || "SERVER", [
            "--roles",
            roles.join(","),
          ]),
        },
      ]}
    >
      {free.length === 0 ? (
        <Alert isInline variant="info" title={t("membership.noServers")} />
      ) : (
        <>
          <p>{t("membership.addBody")}</p>
          <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
            <ChoiceField
              id="member-server"
              label={t("common.server")}
              value={server}
              onChange={setChosen}
              options={named(free)}
            />
            <RolesField roles={roles} change={setRoles} of={BROUGHT} />
          </Form>
        </>
      )}
    </Ask>
  );
}
