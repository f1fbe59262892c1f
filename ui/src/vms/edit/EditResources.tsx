import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { differing } from "../../parts/differing";
import { TextField } from "../../parts/TextField";
import { edited } from "./changes";
import { FIELDS, labels, read, type Texts, written } from "./resources";

/** How much of its server's CPUs, memory and disks a VM gets. */
export function EditResources({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Partial<Texts>>({});
  const [force, setForce] = useState(false);
  const off = vm.power === "stopped";
  const texts = written(vm, typed, off);
  const { wanted, wrong } = read(texts);
  const changes = differing(vm.config, wanted);
  return (
    <Ask
      title={`${t("edit.resources")}: ${vm.name}`}
      submit={t("edit.resources")}
      onClose={onClose}
      ready={wrong.length === 0 && Object.keys(changes).length > 0}
      operations={[edited(vm, changes, force)]}
    >
      {!off && <p>{t("edit.later")}</p>}
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        {FIELDS.map((field) => (
          <TextField
            key={field}
            id={`vm-${field}`}
            label={t(labels[field][0])}
            value={texts[field]}
            onChange={(text) => setTyped({ ...typed, [field]: text })}
            invalid={wrong.includes(field)}
            hint={t(labels[field][1])}
            required
            first={field === "memory"}
          />
        ))}
        {changes.max_memory !== undefined && (
          <Checkbox
            id="vm-force"
            label={t("pools.force")}
            isChecked={force}
            onChange={(_, on) => setForce(on)}
          />
        )}
      </Form>
    </Ask>
  );
}
