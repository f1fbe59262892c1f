import { Button, Flex, Label, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Vm } from "../api/client";
import { useSnapshots } from "../api/queries";
import type { components } from "../api/schema";
import { time } from "../i18n";
import { Ask } from "../parts/Ask";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";
import { SnapshotDialog } from "./SnapshotDialog";
import { VmSchedules } from "./schedules/VmSchedules";

type Snapshot = components["schemas"]["Snapshot"];
type Asked = { verb: "revert" | "delete"; name: string };

function operation(vm: Vm, { verb, name }: Asked): Operation {
  const path = `/vms/${vm.id}/snapshots/${name}`;
  const cli = millpond("vm", "snapshot", verb, vm.name, name);
  return verb === "delete"
    ? { method: "DELETE", path, cli }
    : { method: "POST", path: `${path}/revert`, cli };
}

export function VmSnapshots({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [taking, setTaking] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const take = (
    <Button variant="secondary" isDisabled={Boolean(vm.busy)} onClick={() => setTaking(true)}>
      {t("snapshots.take")}
    </Button>
  );
  return (
    <>
      <Loaded query={useSnapshots(vm.id)}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("snapshots.none")} action={take}>
              {t("snapshots.noneBody")}
            </Empty>
          ) : (
            <>
              {take}
              <Snapshots items={items} busy={Boolean(vm.busy)} ask={setAsked} />
            </>
          )
        }
      </Loaded>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-my-md">
        {t("schedules.title")}
      </Title>
      <VmSchedules vm={vm} />
      {taking && <SnapshotDialog vm={vm} onClose={() => setTaking(false)} />}
      {asked && (
        <Ask
          danger
          title={`${t(asked.verb === "revert" ? "snapshots.revert" : "common.delete")}: ${asked.name}`}
          submit={t(asked.verb === "revert" ? "snapshots.revert" : "common.delete")}
          operations={[operation(vm, asked)]}
          onClose={() => setAsked(undefined)}
        >
          <p>
            {asked.verb === "revert"
              ? t("snapshots.revertLoss", { vm: vm.name })
              : t("snapshots.deleteLoss", { name: asked.name })}
          </p>
        </Ask>
      )}
    </>
  );
}

interface Props {
  items: Snapshot[];
  busy: boolean;
  ask: (asked: Asked) => void;
}

function Snapshots({ items, busy, ask }: Props) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t("vms.snapshots")}
      rows={items}
      id={(one) => one.name}
      columns={[
        {
          key: "name",
          title: t("common.name"),
          by: (one) => one.name,
          cell: (one) => (
            <>
              {one.name}{" "}
              {one.current && (
                <Label isCompact color="blue">
                  {t("snapshots.current")}
                </Label>
              )}
            </>
          ),
        },
        {
          key: "created",
          title: t("common.created"),
          by: (one) => one.created,
          cell: (one) => time(one.created),
        },
        { key: "parent", title: t("snapshots.parent"), cell: (one) => one.parent },
        {
          key: "memory",
          title: t("snapshots.hasMemory"),
          cell: (one) => (one.memory ? t("common.yes") : ""),
        },
        { key: "description", title: t("common.description"), cell: (one) => one.description },
        {
          key: "actions",
          title: t("common.actions"),
          cell: ({ name }) => (
            <Flex gap={{ default: "gapSm" }}>
              <Button
                variant="link"
                isInline
                isDisabled={busy}
                onClick={() => ask({ verb: "revert", name })}
              >
                {t("snapshots.revert")}
              </Button>
              <Button
                variant="link"
                isInline
                isDanger
                isDisabled={busy}
                onClick={() => ask({ verb: "delete", name })}
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
