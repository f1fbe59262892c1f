import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";
import { parseSize } from "../../parts/written";
import { freeTarget, TARGET } from "./targets";

const FORMATS = ["qcow2", "raw"];

/** A new disk, plugged in at once if the VM runs. */
export function AddDisk({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [target, setTarget] = useState(freeTarget(vm));
  const [size, setSize] = useState("10G");
  const [format, setFormat] = useState("qcow2");
  const [thick, setThick] = useState(false);
  const bytes = parseSize(size);
  return (
    <Ask
      title={t("disks.add")}
      submit={t("disks.add")}
      onClose={onClose}
      ready={TARGET.test(target) && bytes !== undefined}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/disks`,
          body: { target, size: bytes ?? 0, format, thick },
          cli: millpond(
            "vm",
            "disk",
            "add",
            vm.name,
            `${target}:${size}:${format}`,
            thick && "--thick",
          ),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="disk-target"
          label={t("vms.target")}
          value={target}
          onChange={setTarget}
          invalid={!TARGET.test(target)}
          hint={t("disks.targetHint")}
          required
        />
        <TextField
          id="disk-size"
          label={t("common.size")}
          value={size}
          onChange={setSize}
          invalid={bytes === undefined}
          hint={t("common.sizeHint")}
          required
          first
        />
        <ChoiceField
          id="disk-format"
          label={t("vms.format")}
          value={format}
          onChange={setFormat}
          options={FORMATS.map((one) => ({ value: one, label: one }))}
        />
        <Checkbox
          id="disk-thick"
          label={t("disks.thick")}
          isChecked={thick}
          onChange={(_, on) => setThick(on)}
        />
      </Form>
    </Ask>
  );
}
