import { Checkbox, Form, FormGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../api/client";
import { Ask } from "../parts/Ask";

export function SnapshotDialog({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [memory, setMemory] = useState(false);
  const running = vm.power === "running";
  return (
    <Ask
      title={t("snapshots.take")}
      submit={t("snapshots.take")}
      onClose={onClose}
      ready={name !== ""}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/snapshots`,
          body: { snapshot: name, memory: memory && running },
          cli: millpond(
            "vm",
            "snapshot",
            "create",
            vm.name,
            name || "SNAPSHOT",
            memory && running && "--memory",
          ),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <FormGroup label={t("common.name")} fieldId="snapshot-name" isRequired>
          <TextInput
            id="snapshot-name"
            autoFocus
            value={name}
            onChange={(_, value) => setName(value)}
          />
        </FormGroup>
        <Checkbox
          id="snapshot-memory"
          label={t("snapshots.memory")}
          isDisabled={!running}
          isChecked={memory && running}
          onChange={(_, on) => setMemory(on)}
        />
      </Form>
    </Ask>
  );
}
