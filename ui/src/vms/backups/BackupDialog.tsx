import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";

interface Props {
  vm: Vm;
  /** The repository it is written to. */
  to: string;
  onClose: () => void;
}

/** A backup of the VM as it is now, whether it runs or not. */
export function BackupDialog({ vm, to, onClose }: Props) {
  const { t } = useTranslation();
  const [full, setFull] = useState(false);
  const [quiesce, setQuiesce] = useState("try");
  const [keep, setKeep] = useState("");
  const counts = /^[1-9]\d{0,3}$/.test(keep);
  return (
    <Ask
      title={`${t("backups.create")}: ${vm.name}`}
      submit={t("backups.create")}
      onClose={onClose}
      ready={keep === "" || counts}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/backups`,
          body: { repository: to, full, quiesce, ...(counts && { keep: Number(keep) }) },
          cli: millpond(
            "backup",
            "create",
            vm.name,
            ["--to", to],
            full && "--full",
            ["--quiesce", quiesce],
            counts && ["--keep", keep],
          ),
        },
      ]}
    >
      <p>{t("backups.body", { repository: to })}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <ChoiceField
          id="backup-quiesce"
          label={t("backups.quiesce")}
          value={quiesce}
          onChange={setQuiesce}
          options={(["no", "try", "require"] as const).map((value) => ({
            value,
            label: t(`backups.quiet.${value}`),
          }))}
        />
        <TextField
          id="backup-keep"
          label={t("backups.keep")}
          value={keep}
          onChange={setKeep}
          invalid={keep !== "" && !counts}
          hint={t("backups.keepHint")}
        />
        <Checkbox
          id="backup-full"
          label={t("backups.full")}
          isChecked={full}
          onChange={(_, on) => setFull(on)}
        />
      </Form>
    </Ask>
  );
}
