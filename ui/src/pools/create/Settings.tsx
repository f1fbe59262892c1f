import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";
import { INTERFACE, NAME } from "../../parts/written";
import type { Plan } from "./plan";

const TOLERATED = ["0", "1", "2", "3"];

export function Settings({ plan, change }: { plan: Plan; change: (some: Partial<Plan>) => void }) {
  const { t } = useTranslation();
  const [bridges, setBridges] = useState(plan.bridges.join(" "));
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <TextField
        id="pool-name"
        label={t("common.name")}
        value={plan.name}
        onChange={(name) => change({ name })}
        invalid={plan.name !== "" && !NAME.test(plan.name)}
        required
        first
      />
      <TextField
        id="pool-root"
        label={t("pools.root")}
        value={plan.root}
        onChange={(root) => change({ root })}
        invalid={!plan.root.startsWith("/")}
        hint={t("wizard.rootHint")}
        required
      />
      <TextField
        id="pool-bridges"
        label={t("pools.bridges")}
        value={bridges}
        onChange={(text) => {
          setBridges(text);
          change({ bridges: text.split(/[\s,]+/).filter(Boolean) });
        }}
        invalid={!plan.bridges.every((name) => INTERFACE.test(name))}
        hint={t("wizard.bridgesHint")}
      />
      <Checkbox
        id="pool-ha"
        label={t("wizard.ha")}
        isChecked={plan.ha}
        onChange={(_, ha) => change({ ha })}
      />
      {plan.ha && (
        <ChoiceField
          id="pool-tolerate"
          label={t("pools.tolerate")}
          value={String(plan.tolerate)}
          onChange={(value) => change({ tolerate: Number(value) })}
          options={TOLERATED.map((value) => ({ value, label: value }))}
        />
      )}
    </Form>
  );
}
