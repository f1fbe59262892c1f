import { Button, Flex, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Vm } from "../../api/client";
import { useSchedules } from "../../api/queries";
import type { components } from "../../api/schema";
import { useRun } from "../../app/run";
import { duration, time } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { DataTable } from "../../parts/DataTable";
import { Empty } from "../../parts/Empty";
import { Loaded } from "../../parts/Loaded";
import { ScheduleDialog } from "./ScheduleDialog";

type View = components["schemas"]["ScheduleView"];

function operation(vm: Vm, name: string, verb: "run" | "delete"): Operation {
  const path = `/vms/${vm.id}/schedules/${name}`;
  const cli = millpond("vm", "schedule", verb, vm.name, name);
  return verb === "delete"
    ? { method: "DELETE", path, cli }
    : { method: "POST", path: `${path}/run`, body: {}, cli };
}

/** The snapshots that come by themselves, and whether they do. */
export function VmSchedules({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<string>();
  const query = useSchedules(vm.id);
  const taken = (query.data ?? []).map((one) => one.schedule.name);
  const add = (
    <Button variant="secondary" isDisabled={Boolean(vm.busy)} onClick={() => setAdding(true)}>
      {t("schedules.add")}
    </Button>
  );
  return (
    <>
      <Loaded query={query}>
        {(views) =>
          views.length === 0 ? (
            <Empty title={t("schedules.none")} action={add}>
              {t("schedules.noneBody")}
            </Empty>
          ) : (
            <>
              {add}
              <Schedules vm={vm} views={views} remove={setDeleting} />
            </>
          )
        }
      </Loaded>
      {adding && <ScheduleDialog vm={vm} taken={taken} onClose={() => setAdding(false)} />}
      {deleting && (
        <Ask
          danger
          title={`${t("common.delete")}: ${deleting}`}
          submit={t("common.delete")}
          operations={[operation(vm, deleting, "delete")]}
          onClose={() => setDeleting(undefined)}
        >
          <p>{t("schedules.deleteLoss")}</p>
        </Ask>
      )}
    </>
  );
}

interface Props {
  vm: Vm;
  views: View[];
  remove: (name: string) => void;
}

function Schedules({ vm, views, remove }: Props) {
  const { t } = useTranslation();
  const run = useRun();
  const what = (kept: string, { schedule: { backup } }: View) =>
    backup ? t("schedules.backup", { kept, place: backup.repository ?? backup.directory }) : kept;
  const kind = ({ schedule }: View) =>
    schedule.memory ? "memory" : schedule.quiesce ? "quiesce" : "disks";
  return (
    <DataTable
      label={t("schedules.title")}
      rows={views}
      id={(one) => one.schedule.name}
      columns={[
        { key: "schedule", title: t("common.name"), by: (one) => one.schedule.name },
        {
          key: "every",
          title: t("schedules.every"),
          cell: (one) => duration(one.schedule.every),
        },
        {
          key: "kept",
          title: t("schedules.keep"),
          cell: ({ schedule, snapshots }) =>
            schedule.backup
              ? String(schedule.keep)
              : t("common.of", { used: snapshots, total: schedule.keep }),
        },
        {
          key: "what",
          title: t("schedules.kind"),
          cell: (one) => what(t(`schedules.kinds.${kind(one)}`), one),
        },
        { key: "last", title: t("schedules.last"), cell: (one) => one.last && time(one.last) },
        { key: "next", title: t("schedules.next"), cell: (one) => time(one.next) },
        { key: "failure", title: t("common.state"), cell: (one) => <State view={one} /> },
        {
          key: "actions",
          title: t("common.actions"),
          cell: ({ schedule: { name } }) => (
            <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
              <Button
                variant="link"
                isInline
                isDisabled={Boolean(vm.busy)}
                onClick={() => run(operation(vm, name, "run"))}
                aria-label={`${t("schedules.run")}: ${name}`}
              >
                {t("schedules.run")}
              </Button>
              <Button
                variant="link"
                isInline
                isDanger
                isDisabled={Boolean(vm.busy)}
                onClick={() => remove(name)}
                aria-label={`${t("common.delete")}: ${name}`}
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

function State({ view }: { view: View }) {
  const { t } = useTranslation();
  return view.failure ? (
    <Label isCompact status="danger" title={view.failure.error}>
      {t("schedules.late")}: {view.failure.error}
    </Label>
  ) : (
    <Label isCompact status="success">
      {t("schedules.works")}
    </Label>
  );
}
