import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { useImages } from "../../api/queries";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";
import { freeTarget, TARGET } from "./targets";

const SOURCE = /^(file:[A-Za-z0-9]|phy:\/dev\/[A-Za-z0-9]|shared:[A-Za-z0-9])/;

/** A disk that exists: a file of the VM that was detached, a block device, or a shared disk. */
export function AttachDisk({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [target, setTarget] = useState(freeTarget(vm));
  const [written, setSource] = useState("");
  const [image, setImage] = useState("");
  const [readonly, setReadonly] = useState(false);
  const [sharable, setSharable] = useState(false);
  const shared = (useImages(vm.pool.id).data ?? []).filter(
    (one) => one.kind === "disk" && one.state === "approved",
  );
  const source = image ? `shared:${image}` : written;
  return (
    <Ask
      title={t("disks.attach")}
      submit={t("disks.attach")}
      onClose={onClose}
      ready={TARGET.test(target) && SOURCE.test(source)}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/disks/attach`,
          body: { source, target, readonly, sharable },
          cli: millpond(
            "vm",
            "disk",
            "attach",
            vm.name,
            source || "SOURCE",
            target,
            readonly && "--readonly",
            sharable && "--sharable",
          ),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        {shared.length > 0 && (
          <ChoiceField
            id="disk-shared"
            label={t("disks.shared")}
            value={image}
            onChange={setImage}
            options={[
              { value: "", label: t("common.none") },
              ...shared.map(({ name }) => ({ value: name, label: name })),
            ]}
          />
        )}
        {!image && (
          <TextField
            id="disk-source"
            label={t("vms.source")}
            value={written}
            onChange={setSource}
            invalid={written !== "" && !SOURCE.test(written)}
            hint={t("disks.sourceHint")}
            required
            first
          />
        )}
        <TextField
          id="disk-target"
          label={t("vms.target")}
          value={target}
          onChange={setTarget}
          invalid={!TARGET.test(target)}
          hint={t("disks.targetHint")}
          required
        />
        <Checkbox
          id="disk-readonly"
          label={t("disks.readonly")}
          isChecked={readonly}
          onChange={(_, on) => setReadonly(on)}
        />
        <Checkbox
          id="disk-sharable"
          label={t("disks.sharable")}
          isChecked={sharable}
          onChange={(_, on) => setSharable(on)}
        />
      </Form>
    </Ask>
  );
}
