import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { RepositoryField } from "../../parts/RepositoryField";
import { TextField } from "../../parts/TextField";
import { NAME } from "../../parts/written";

/** A template with the disks of a VM that is off. */
export function TemplateDialog({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [repository, setRepository] = useState("");
  return (
    <Ask
      title={`${t("clone.template")}: ${vm.name}`}
      submit={t("clone.template")}
      onClose={onClose}
      ready={NAME.test(name)}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/template`,
          body: { name, description, ...(repository && { repository }) },
          cli: millpond(
            "vm",
            "save-as-template",
            vm.name,
            name || "TEMPLATE",
            description !== "" && ["--description", description],
            repository !== "" && ["--repository", repository],
          ),
        },
      ]}
    >
      <p>{t("clone.templateBody")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="template-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          required
          first
        />
        <TextField
          id="template-description"
          label={t("common.description")}
          value={description}
          onChange={setDescription}
        />
        <RepositoryField
          pool={vm.pool.id}
          value={repository}
          onChange={setRepository}
          none={t("clone.same")}
        />
      </Form>
    </Ask>
  );
}
