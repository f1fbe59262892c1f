import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { bytes } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { TextField } from "../../parts/TextField";
import { parseSize } from "../../parts/written";

interface Props {
  vm: Vm;
  disk: Vm["config"]["disks"][number];
  onClose: () => void;
}

export function GrowDisk({ vm, disk, onClose }: Props) {
  const { t } = useTranslation();
  const [size, setSize] = useState("");
  const wanted = parseSize(size);
  const fits = wanted !== undefined && wanted > disk.size;
  return (
    <Ask
      title={`${t("disks.grow")}: ${disk.target}`}
      submit={t("disks.grow")}
      onClose={onClose}
      ready={fits}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/disks/${disk.target}/grow`,
          body: { size: wanted ?? 0 },
          cli: millpond("vm", "disk", "grow", vm.name, disk.target, size || "SIZE"),
        },
      ]}
    >
      <p>{t("disks.growBody", { size: bytes(disk.size) })}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="disk-size"
          label={t("disks.newSize")}
          value={size}
          onChange={setSize}
          invalid={size !== "" && !fits}
          hint={t("common.sizeHint")}
          required
          first
        />
      </Form>
    </Ask>
  );
}
