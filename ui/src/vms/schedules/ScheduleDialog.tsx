import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";
import { parsePeriod } from "../../parts/written";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;
const KEEP = /^([1-9]|[1-3]\d|4[0-8])$/;

interface Props {
  vm: Vm;
  /** Names of the VM's schedules: setting one of them again would replace it. */
  taken: string[];
  onClose: () => void;
}

/** Snapshots that come by themselves, the first at a time in the viewer's zone. */
export function ScheduleDialog({ vm, taken, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(taken.includes("nightly") ? "" : "nightly");
  const [every, setEvery] = useState("1d");
  const [keep, setKeep] = useState("7");
  const [kind, setKind] = useState("disks");
  const [at, setAt] = useState("02:00");
  const seconds = parsePeriod(every);
  const first = nextTime(at, new Date());
  const free = NAME.test(name) && !taken.includes(name);
  return (
    <Ask
      title={`${t("schedules.add")}: ${vm.name}`}
      submit={t("schedules.add")}
      onClose={onClose}
      ready={free && seconds !== undefined && first !== undefined && KEEP.test(keep)}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/schedules`,
          body: {
            name,
            first: (first?.getTime() ?? 0) / 1000,
            every: seconds ?? 0,
            keep: Number(keep),
            quiesce: kind === "quiesce",
            memory: kind === "memory",
          },
          cli: millpond(
            "vm",
            "schedule",
            "set",
            vm.name,
            name || "SCHEDULE",
            ["--every", every],
            ["--at", first?.toISOString().slice(0, 16) ?? "TIME"],
            ["--keep", keep],
            kind === "quiesce" && "--quiesce",
            kind === "memory" && "--memory",
          ),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="schedule-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={!free}
          hint={taken.includes(name) ? t("schedules.taken") : ""}
          required
          first
        />
        <TextField
          id="schedule-every"
          label={t("schedules.every")}
          value={every}
          onChange={setEvery}
          invalid={seconds === undefined}
          hint={t("schedules.everyHint")}
          required
        />
        <TextField
          id="schedule-at"
          label={t("schedules.at")}
          value={at}
          onChange={setAt}
          invalid={first === undefined}
          hint={t("schedules.atHint")}
          required
        />
        <TextField
          id="schedule-keep"
          label={t("schedules.keep")}
          value={keep}
          onChange={setKeep}
          invalid={!KEEP.test(keep)}
          hint={t("schedules.keepHint")}
          required
        />
        <ChoiceField
          id="schedule-kind"
          label={t("schedules.kind")}
          value={kind}
          onChange={setKind}
          options={(["disks", "quiesce", "memory"] as const).map((value) => ({
            value,
            label: t(`schedules.kinds.${value}`),
          }))}
        />
      </Form>
    </Ask>
  );
}

/** The next time that the clock shows `02:00`. */
function nextTime(clock: string, now: Date): Date | undefined {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(clock.trim());
  if (!match) return undefined;
  const next = new Date(now);
  next.setHours(Number(match[1]), Number(match[2]), 0, 0);
  if (next < now) next.setDate(next.getDate() + 1);
  return next;
}
