import { Checkbox, Form } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Pool } from "../../api/client";
import { RepositoryField } from "../../parts/RepositoryField";
import { TextField } from "../../parts/TextField";
import { type Plan, wrong } from "./plan";

interface Props {
  pool: Pool;
  plan: Plan;
  change: (some: Partial<Plan>) => void;
}

/** What of a VM of another product becomes otherwise here. */
export function ImportSettings({ pool, plan, change }: Props) {
  const { t } = useTranslation();
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <TextField
        id="vm-networks"
        label={t("create.networks")}
        value={plan.networks}
        onChange={(networks) => change({ networks })}
        invalid={wrong(plan).includes("networks")}
        hint={t("create.networksHint")}
        first
      />
      <RepositoryField
        pool={pool.id}
        value={plan.repository}
        onChange={(repository) => change({ repository })}
      />
      <Checkbox
        id="vm-macs"
        label={t("create.newMacs")}
        isChecked={plan.newMacs}
        onChange={(_, newMacs) => change({ newMacs })}
      />
      <Checkbox
        id="vm-drivers"
        label={t("create.drivers")}
        isChecked={plan.drivers}
        onChange={(_, drivers) => change({ drivers })}
      />
    </Form>
  );
}
