import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { RepositoryField } from "../../parts/RepositoryField";
import { TextField } from "../../parts/TextField";
import { NAME } from "../../parts/written";

const WAYS = ["auto", "linked", "full"] as const;

/** The same VM again, under another name. */
export function CloneDialog({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [cloning, setCloning] = useState<(typeof WAYS)[number]>("auto");
  const [repository, setRepository] = useState("");
  const [start, setStart] = useState(false);
  return (
    <Ask
      title={`${t("clone.clone")}: ${vm.name}`}
      submit={t("clone.clone")}
      onClose={onClose}
      ready={NAME.test(name)}
      operations={[
        {
          method: "POST",
          path: `/vms/${vm.id}/clone`,
          body: { name, cloning, ...(repository && { repository }), start },
          cli: millpond(
            "vm",
            "clone",
            vm.name,
            name || "NAME",
            cloning !== "auto" && ["--cloning", cloning],
            repository !== "" && ["--repository", repository],
            start && "--start",
          ),
        },
      ]}
    >
      <p>{t("clone.body")}</p>
      {vm.power !== "stopped" && <p>{t("clone.running")}</p>}
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="clone-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          required
          first
        />
        <ChoiceField
          id="clone-way"
          label={t("clone.disks")}
          value={cloning}
          onChange={(value) => setCloning(value as typeof cloning)}
          options={WAYS.map((value) => ({ value, label: t(`clone.ways.${value}`) }))}
        />
        <RepositoryField
          pool={vm.pool.id}
          value={repository}
          onChange={setRepository}
          none={t("clone.same")}
        />
        <Checkbox
          id="clone-start"
          label={t("create.start")}
          isChecked={start}
          onChange={(_, on) => setStart(on)}
        />
      </Form>
    </Ask>
  );
}
