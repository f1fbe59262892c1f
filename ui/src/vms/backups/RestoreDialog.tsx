import { Checkbox, Form, Radio } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { time } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { TextField } from "../../parts/TextField";
import { NAME } from "../../parts/written";
import { type Backup, pathOf } from "./operations";

interface Props {
  vm: Vm;
  backup: Backup;
  where: string;
  onClose: () => void;
}

/** Bring a VM back: as a new one beside it, or in its place while it is off. */
export function RestoreDialog({ vm, backup, where, onClose }: Props) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [name, setName] = useState(`${vm.name}-restored`.slice(0, 63));
  const [macs, setMacs] = useState(false);
  const off = vm.power === "stopped";
  return (
    <Ask
      danger={over}
      title={`${t("backups.restore")}: ${vm.name}`}
      submit={t("backups.restore")}
      onClose={onClose}
      ready={over || NAME.test(name)}
      {...(over && { typed: vm.name })}
      operations={[
        {
          method: "POST",
          path: `${pathOf(vm, backup)}/restore`,
          body: { repository: where, ...(over ? { over } : { name, same_macs: macs }) },
          cli: millpond(
            "backup",
            "restore",
            vm.pool.name,
            vm.name,
            backup.id,
            ["--in", where],
            over && "--over",
            !over && ["--name", name || "NAME"],
            !over && macs && "--same-macs",
          ),
        },
      ]}
    >
      <p>{t("backups.restoreBody", { time: time(backup.taken) })}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <Radio
          id="restore-new"
          name="restore"
          label={t("backups.asNew")}
          isChecked={!over}
          onChange={() => setOver(false)}
        />
        <Radio
          id="restore-over"
          name="restore"
          label={t("backups.over")}
          description={t(off ? "backups.overLoss" : "backups.overOff")}
          isDisabled={!off}
          isChecked={over}
          onChange={() => setOver(true)}
        />
        {!over && (
          <>
            <TextField
              id="restore-name"
              label={t("backups.newName")}
              value={name}
              onChange={setName}
              invalid={!NAME.test(name)}
              required
            />
            <Checkbox
              id="restore-macs"
              label={t("backups.macs")}
              isChecked={macs}
              onChange={(_, on) => setMacs(on)}
            />
          </>
        )}
      </Form>
    </Ask>
  );
}
