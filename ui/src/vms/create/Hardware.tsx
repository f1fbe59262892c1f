import { Checkbox, Form } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Pool } from "../../api/client";
import { mebibytes } from "../../i18n";
import { ChoiceField } from "../../parts/ChoiceField";
import { RepositoryField } from "../../parts/RepositoryField";
import { TextField } from "../../parts/TextField";
import { named } from "../../parts/written";
import { BootField } from "../BootField";
import { isEmpty, type Plan, wrong } from "./plan";

interface Props {
  pool: Pool;
  plan: Plan;
  change: (some: Partial<Plan>) => void;
  /** What it is a copy of, and takes from where nothing is typed. */
  template: { memory: number; vcpus: number } | undefined;
}

/** What a new VM has, and what becomes of it at once. */
export function Hardware({ pool, plan, change, template }: Props) {
  const { t } = useTranslation();
  const bad = wrong(plan);
  const as = (value: string) => t("create.asTemplate", { value });
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <TextField
        id="vm-memory"
        label={t("common.memory")}
        value={plan.memory}
        onChange={(memory) => change({ memory })}
        invalid={bad.includes("memory")}
        hint={`${t("common.sizeHint")}${template ? `. ${as(mebibytes(template.memory))}` : ""}`}
        required={!template}
        first
      />
      <TextField
        id="vm-vcpus"
        label={t("common.vcpus")}
        value={plan.vcpus}
        onChange={(vcpus) => change({ vcpus })}
        invalid={bad.includes("vcpus")}
        hint={`${t("edit.vcpusHint")}${template ? `. ${as(String(template.vcpus))}` : ""}`}
        required={!template}
      />
      {isEmpty(plan.source) && (
        <>
          <TextField
            id="vm-disk"
            label={t("create.disk")}
            value={plan.disk}
            onChange={(disk) => change({ disk })}
            invalid={bad.includes("disk")}
            hint={t("common.sizeHint")}
            required
          />
          <BootField boot={plan.boot} change={(boot) => change({ boot })} />
        </>
      )}
      <ChoiceField
        id="vm-bridge"
        label={t("create.network")}
        value={plan.bridge}
        onChange={(bridge) => change({ bridge })}
        options={[{ value: "", label: t("common.none") }, ...named(pool.bridges)]}
      />
      <RepositoryField
        pool={pool.id}
        value={plan.repository}
        onChange={(repository) => change({ repository })}
      />
      <Checkbox
        id="vm-ha"
        label={t("create.ha")}
        isChecked={plan.ha}
        onChange={(_, ha) => change({ ha })}
      />
      <Checkbox
        id="vm-start"
        label={t("create.start")}
        isChecked={plan.start}
        onChange={(_, start) => change({ start })}
      />
    </Form>
  );
}
