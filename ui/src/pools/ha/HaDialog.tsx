import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../../api/client";
import type { components } from "../../api/schema";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";

const ISOLATIONS = ["keep", "shutdown"] as const;
const TOLERATED = /^(\d|1[0-6])$/;

interface Props {
  pool: Pool;
  now: components["schemas"]["HaSettings"];
  onClose: () => void;
}

/** Whether a pool guards its VMs, and how many failures it keeps room for. */
export function HaDialog({ pool, now, onClose }: Props) {
  const { t } = useTranslation();
  const [enabled, setEnabled] = useState(now.enabled);
  const [tolerate, setTolerate] = useState(String(now.tolerate));
  const [isolation, setIsolation] = useState(now.isolation);
  const [force, setForce] = useState(false);
  const fits = TOLERATED.test(tolerate);
  return (
    <Ask
      title={`${t("pools.changeHa")}: ${pool.name}`}
      submit={t("pools.changeHa")}
      onClose={onClose}
      ready={fits}
      operations={[
        {
          method: "PATCH",
          path: `/pools/${pool.id}${force ? "?force=true" : ""}`,
          body: { ha: { enabled, tolerate: Number(tolerate), isolation } },
          cli: millpond(
            "pool",
            "ha",
            pool.name,
            enabled && "--enable",
            !enabled && "--disable",
            ["--tolerate", tolerate],
            ["--isolation", isolation],
            force && "--force",
          ),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <Checkbox
          id="ha-enabled"
          label={t("wizard.ha")}
          description={t("pools.guardedHint")}
          isChecked={enabled}
          onChange={(_, on) => setEnabled(on)}
        />
        <TextField
          id="ha-tolerate"
          label={t("pools.tolerate")}
          value={tolerate}
          onChange={setTolerate}
          invalid={!fits}
          hint={t("pools.tolerateHint")}
          required
        />
        <ChoiceField
          id="ha-isolation"
          label={t("pools.isolation")}
          value={isolation}
          onChange={(value) => setIsolation(value as typeof isolation)}
          options={ISOLATIONS.map((value) => ({ value, label: t(`pools.isolations.${value}`) }))}
        />
        <Checkbox
          id="ha-force"
          label={t("pools.force")}
          isChecked={force}
          onChange={(_, on) => setForce(on)}
        />
      </Form>
    </Ask>
  );
}
