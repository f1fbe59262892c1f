import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useArrays } from "../../api/arrays";
import type { Pool } from "../../api/client";
import { useVms } from "../../api/queries";
import type { components } from "../../api/schema";
import { useLuns } from "../../api/storage";
import { bytes } from "../../i18n";
import { CopyId } from "../../parts/Facts";
import { Listing } from "../../parts/Listing";
import { RepositoryDialog } from "../../repositories/RepositoryDialog";
import { CreateLun } from "./CreateLun";
import { DeleteLun } from "./DeleteLun";

export type Lun = components["schemas"]["LunView"];
type Asked = { what: "create" } | { what: "delete" | "repository"; lun: Lun };

/** What a pool has of arrays. */
export function PoolLuns({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const registered = useArrays().data;
  const arrays = (registered ?? []).filter(({ kind }) => kind !== "plain"); // it makes LUNs on these
  const close = () => setAsked(undefined);
  return (
    <>
      <Listing
        query={useLuns(pool.id)}
        none={t("luns.none")}
        hint={registered && arrays.length === 0 ? t("luns.noArrays") : t("luns.noneBody")}
        action={
          registered && arrays.length === 0 ? (
            <Link to="/arrays">{t("arrays.title")}</Link>
          ) : (
            <Button
              variant="secondary"
              isDisabled={Boolean(pool.busy) || arrays.length === 0}
              onClick={() => setAsked({ what: "create" })}
            >
              {t("luns.create")}
            </Button>
          )
        }
        label={`${t("pools.tabs.luns")}: ${pool.name}`}
        id={(lun) => lun.name}
        columns={[
          { key: "name", title: t("common.name"), by: (lun) => lun.name },
          {
            key: "array",
            title: t("luns.array"),
            cell: ({ array }) => <FromArray name={array} />,
          },
          {
            key: "size",
            title: t("common.size"),
            by: (lun) => lun.size,
            cell: (lun) => bytes(lun.size),
          },
          {
            key: "thin",
            title: t("arrays.thin"),
            cell: (lun) => (lun.thin ? t("common.yes") : t("common.no")),
          },
          {
            key: "device",
            title: t("luns.device"),
            cell: (lun) => <CopyId id={lun.device} />,
          },
          { key: "number", title: t("arrays.number"), cell: (lun) => lun.number },
          { key: "hlu", title: t("arrays.hlu"), cell: (lun) => lun.hlu },
          { key: "group", title: t("luns.group"), cell: (lun) => lun.group },
          {
            key: "vms",
            title: t("servers.vms"),
            cell: ({ vms }) => vms.length > 0 && <Users pool={pool} vms={vms} />,
          },
          {
            key: "actions",
            title: t("common.actions"),
            cell: (lun) => <Actions pool={pool} lun={lun} ask={setAsked} />,
          },
        ]}
      />
      {asked?.what === "create" && <CreateLun pool={pool} arrays={arrays} onClose={close} />}
      {asked?.what === "delete" && <DeleteLun pool={pool} lun={asked.lun} onClose={close} />}
      {asked?.what === "repository" && (
        <RepositoryDialog
          pool={pool}
          verb="create"
          first={{ name: asked.lun.name, kind: "ocfs2", source: asked.lun.device }}
          onClose={close}
        />
      )}
    </>
  );
}

/** One that the manager has forgotten has no page. */
function FromArray({ name }: { name: string }) {
  const array = useArrays().data?.find((one) => one.name === name);
  return array ? <Link to={`/arrays/${array.id}`}>{name}</Link> : name;
}

/** Links to the VMs of that pool; another pool may have one of the same name. */
function Users({ pool, vms }: { pool: Pool; vms: string[] }) {
  const all = useVms().data;
  return (
    <Flex gap={{ default: "gapSm" }}>
      {vms.map((name) => {
        const vm = all?.find((one) => one.name === name && one.pool.id === pool.id);
        return (
          <Link key={name} to={`/vms/${vm?.id ?? name}/disks`}>
            {name}
          </Link>
        );
      })}
    </Flex>
  );
}

interface Props {
  pool: Pool;
  lun: Lun;
  ask: (asked: Asked) => void;
}

function Actions({ pool, lun, ask }: Props) {
  const { t } = useTranslation();
  return (
    <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
      <Button
        variant="link"
        isInline
        isDisabled={Boolean(pool.busy) || lun.vms.length > 0} // what a VM has written would be lost
        aria-label={`${t("luns.repository")}: ${lun.name}`}
        onClick={() => ask({ what: "repository", lun })}
      >
        {t("luns.repository")}
      </Button>
      <Button
        variant="link"
        isInline
        isDanger
        isDisabled={Boolean(pool.busy)}
        aria-label={`${t("common.delete")}: ${lun.name}`}
        onClick={() => ask({ what: "delete", lun })}
      >
        {t("common.delete")}
      </Button>
    </Flex>
  );
}
