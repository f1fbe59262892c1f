import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { useBackups, useRepositories } from "../../api/queries";
import { useRun } from "../../app/run";
import { bytes, time } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { Choice } from "../../parts/Choice";
import { DataTable } from "../../parts/DataTable";
import { Empty } from "../../parts/Empty";
import { Loaded } from "../../parts/Loaded";
import { useFilters } from "../../parts/useFilters";
import { named } from "../../parts/written";
import { BackupDialog } from "./BackupDialog";
import { type Backup, deleted, verified } from "./operations";
import { RestoreDialog } from "./RestoreDialog";

const ROOT = "root";

type Asked = { what: "create" } | { what: "restore" | "delete"; backup: Backup };

/** The VM's backups in one repository, which the address keeps. */
export function VmBackups({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [{ place }, set] = useFilters("place");
  const repositories = useRepositories(vm.pool.id).data ?? [];
  const where = place || repositories.find((one) => !one.cluster_root)?.name || ROOT;
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const create = (
    <Button
      variant="secondary"
      isDisabled={Boolean(vm.busy)}
      onClick={() => setAsked({ what: "create" })}
    >
      {t("backups.create")}
    </Button>
  );
  return (
    <>
      <Flex
        gap={{ default: "gapSm" }}
        className="pf-v6-u-mb-md"
        alignItems={{ default: "alignItemsCenter" }}
      >
        <span aria-hidden>{t("backups.place")}</span>
        <div>
          <Choice
            label={t("backups.place")}
            value={where}
            onChange={(value) => set("place", value)}
            options={named(repositories)}
          />
        </div>
      </Flex>
      <Loaded query={useBackups(vm.pool.id, vm.id, where)}>
        {(backups) =>
          backups.length === 0 ? (
            <Empty title={t("backups.none", { repository: where })} action={create}>
              {t("backups.noneBody")}
            </Empty>
          ) : (
            <>
              {create}
              <Backups vm={vm} backups={backups} where={where} ask={setAsked} />
            </>
          )
        }
      </Loaded>
      {asked?.what === "create" && <BackupDialog vm={vm} to={where} onClose={close} />}
      {asked?.what === "restore" && (
        <RestoreDialog vm={vm} backup={asked.backup} where={where} onClose={close} />
      )}
      {asked?.what === "delete" && (
        <Ask
          danger
          title={`${t("common.delete")}: ${asked.backup.id}`}
          submit={t("common.delete")}
          operations={[deleted(vm, asked.backup, where)]}
          onClose={close}
        >
          <p>{t("backups.deleteLoss", { time: time(asked.backup.taken) })}</p>
        </Ask>
      )}
    </>
  );
}

interface Props {
  vm: Vm;
  backups: Backup[];
  where: string;
  ask: (asked: Asked) => void;
}

function Backups({ vm, backups, where, ask }: Props) {
  const { t } = useTranslation();
  const run = useRun();
  return (
    <DataTable
      label={t("vms.backups")}
      rows={backups.toReversed()}
      id={(one) => one.id}
      columns={[
        { key: "taken", title: t("backups.taken"), by: (b) => b.taken, cell: (b) => time(b.taken) },
        {
          key: "kind",
          title: t("repositories.kind"),
          cell: (b) => t(b.parent ? "backups.incremental" : "backups.whole"),
        },
        {
          key: "while",
          title: t("backups.while"),
          cell: (b) =>
            [t(b.live ? "backups.live" : "backups.off"), b.quiesced && t("backups.quiesced")]
              .filter(Boolean)
              .join(", "),
        },
        {
          key: "bytes",
          title: t("backups.bytes"),
          by: (b) => b.bytes,
          cell: (b) => bytes(b.bytes),
        },
        { key: "size", title: t("backups.size"), by: (b) => b.size, cell: (b) => bytes(b.size) },
        { key: "id", title: t("common.id"), cell: (b) => <code>{b.id}</code> },
        {
          key: "actions",
          title: t("common.actions"),
          cell: (backup) => (
            <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
              <Button
                variant="link"
                isInline
                onClick={() => ask({ what: "restore", backup })}
                aria-label={`${t("backups.restore")}: ${backup.id}`}
              >
                {t("backups.restore")}
              </Button>
              <Button
                variant="link"
                isInline
                onClick={() => run(verified(vm, backup, where))}
                aria-label={`${t("backups.verify")}: ${backup.id}`}
              >
                {t("backups.verify")}
              </Button>
              <Button
                variant="link"
                isInline
                isDanger
                onClick={() => ask({ what: "delete", backup })}
                aria-label={`${t("common.delete")}: ${backup.id}`}
              >
                {t("common.delete")}
              </Button>
            </Flex>
          ),
        },
      ]}
    />
  );
}
