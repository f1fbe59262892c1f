import { Button, Label } from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../api/client";
import { useBridges } from "../api/queries";
import type { components } from "../api/schema";
import { Ask } from "../parts/Ask";
import { Heading } from "../parts/Heading";
import { Listing } from "../parts/Listing";
import { EachPool } from "../pools/EachPool";
import { BridgeDialog } from "./BridgeDialog";

type Bridge = components["schemas"]["BridgeView"];

export default function Networks() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("nav.networks")} note={t("networks.body")} />
      <EachPool>{(pool) => <OfPool pool={pool} />}</EachPool>
    </>
  );
}

function OfPool({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<string>();
  const create = (
    <Button variant="secondary" isDisabled={Boolean(pool.busy)} onClick={() => setCreating(true)}>
      {t("networks.create")}
    </Button>
  );
  return (
    <>
      <Bridges pool={pool} action={create} remove={setDeleting} />
      {creating && <BridgeDialog pool={pool} onClose={() => setCreating(false)} />}
      {deleting && (
        <Ask
          danger
          title={`${t("common.delete")}: ${deleting}`}
          submit={t("common.delete")}
          onClose={() => setDeleting(undefined)}
          operations={[
            {
              method: "DELETE",
              path: `/pools/${pool.id}/bridges/${deleting}`,
              cli: millpond("network", "delete", pool.name, deleting),
            },
          ]}
        >
          <p>{t("networks.deleteLoss", { bridge: deleting, pool: pool.name })}</p>
        </Ask>
      )}
    </>
  );
}

interface Props {
  pool: Pool;
  action: ReactNode;
  remove: (name: string) => void;
}

function Bridges({ pool, action, remove }: Props) {
  const { t } = useTranslation();
  return (
    <Listing
      query={useBridges(pool.id)}
      none={t("networks.none")}
      hint={t("networks.noneBody")}
      action={action}
      label={`${t("nav.networks")}: ${pool.name}`}
      id={(one) => one.name}
      columns={[
        { key: "bridge", title: t("vms.bridge"), by: (one) => one.name },
        {
          key: "nic",
          title: t("networks.nic"),
          cell: ({ managed, nic, bond }) =>
            managed
              ? [nic ?? t("networks.internal"), bond.length > 0 && `(${bond.join(" + ")})`]
                  .filter(Boolean)
                  .join(" ")
              : t("networks.unmanaged"),
        },
        { key: "vlan", title: t("networks.vlan"), cell: (one) => one.vlan },
        { key: "servers", title: t("servers.title"), cell: (one) => one.servers.join(", ") },
        { key: "state", title: t("common.state"), cell: (one) => <Spread bridge={one} /> },
        {
          key: "actions",
          title: t("common.actions"),
          cell: ({ name, managed }) =>
            managed && (
              <Button
                variant="link"
                isInline
                isDanger
                isDisabled={Boolean(pool.busy)}
                aria-label={`${t("common.delete")}: ${name}`}
                onClick={() => remove(name)}
              >
                {t("common.delete")}
              </Button>
            ),
        },
      ]}
    />
  );
}

/** Whether all members have it; one that lacks it takes no guest that is plugged into it. */
function Spread({ bridge }: { bridge: Bridge }) {
  const { t } = useTranslation();
  if (bridge.managed && bridge.missing.length > 0)
    return (
      <Label isCompact status="danger">
        {t("networks.missing", { servers: bridge.missing.join(", ") })}
      </Label>
    );
  if (bridge.unknown.length > 0)
    return (
      <Label isCompact status="warning">
        {t("networks.unknown", { servers: bridge.unknown.join(", ") })}
      </Label>
    );
  return bridge.missing.length === 0 ? (
    <Label isCompact status="success">
      {t("networks.everywhere")}
    </Label>
  ) : null;
}
