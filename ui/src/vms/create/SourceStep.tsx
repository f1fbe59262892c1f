import { Form, FormGroup, Radio } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Pool } from "../../api/client";
import { ChoiceField } from "../../parts/ChoiceField";
import { ErrorNote } from "../../parts/ErrorNote";
import { TextField } from "../../parts/TextField";
import { NAME, named } from "../../parts/written";
import { from, type Plan, SOURCES } from "./plan";

interface Props {
  pool: Pool;
  pools: Pool[];
  setPool: (name: string) => void;
  templates: { name: string }[] | undefined;
  isos: { name: string }[] | undefined;
  plan: Plan;
  change: (some: Partial<Plan>) => void;
}

/** What a VM is called, where, and what it is made of. */
export function SourceStep(props: Props) {
  const { pool, pools, setPool, plan, change } = props;
  const { t } = useTranslation();
  const own = plan.source === "import";
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <TextField
        id="vm-name"
        label={t("common.name")}
        value={plan.name}
        onChange={(name) => change({ name })}
        invalid={plan.name !== "" && !NAME.test(plan.name)}
        required={!own}
        first
        {...(own && { hint: t("create.ownName") })}
      />
      <ChoiceField
        id="vm-pool"
        label={t("common.pool")}
        value={pool.name}
        onChange={setPool}
        options={named(pools)}
      />
      <FormGroup label={t("create.source")} role="radiogroup" fieldId="vm-source">
        {SOURCES.map((source) => (
          <Radio
            key={source}
            id={`vm-source-${source}`}
            name="vm-source"
            label={t(`create.sources.${source}`)}
            isChecked={plan.source === source}
            onChange={() => change(from(source))}
          />
        ))}
      </FormGroup>
      <Of {...props} />
    </Form>
  );
}

/** Which template, which CD, or where the package lies. */
function Of({ templates, isos, plan, change }: Props) {
  const { t } = useTranslation();
  switch (plan.source) {
    case "template":
      return templates?.length === 0 ? (
        <ErrorNote error={t("create.empty")} />
      ) : (
        <ChoiceField
          id="vm-template"
          label={t("create.template")}
          value={plan.template}
          onChange={(template) => change({ template })}
          options={named(templates ?? [])}
        />
      );
    case "iso":
      return isos?.length === 0 ? (
        <ErrorNote error={t("create.noIsos")} />
      ) : (
        <ChoiceField
          id="vm-iso"
          label={t("create.iso")}
          value={plan.iso}
          onChange={(iso) => change({ iso })}
          options={named(isos ?? [])}
        />
      );
    case "import":
      return (
        <TextField
          id="vm-path"
          label={t("create.package")}
          value={plan.path}
          onChange={(path) => change({ path })}
          invalid={plan.path !== "" && !plan.path.startsWith("/")}
          hint={t("create.packageHint")}
          required
        />
      );
    case "network":
      return null;
  }
}
