import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Pool } from "../../api/client";
import { useRun } from "../../app/run";
import { Ask } from "../../parts/Ask";

/** Whether the pool's high availability acts, or only watches. */
export function Arming({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const run = useRun();
  const [asking, setAsking] = useState(false);
  const operation = (verb: "arm" | "disarm"): Operation => ({
    method: "POST",
    path: `/pools/${pool.id}/${verb}`,
    cli: millpond("pool", verb, pool.name),
  });
  if (!pool.ha.enabled) return null;
  if (!pool.ha.armed)
    return (
      <Button variant="secondary" onClick={() => run(operation("arm"))}>
        {t("pools.arm")}
      </Button>
    );
  return (
    <>
      <Button variant="secondary" onClick={() => setAsking(true)}>
        {t("pools.disarm")}
      </Button>
      {asking && (
        <Ask
          title={`${t("pools.disarm")}: ${pool.name}`}
          submit={t("pools.disarm")}
          operations={[operation("disarm")]}
          onClose={() => setAsking(false)}
          danger
        >
          <p>{t("pools.disarmLoss")}</p>
        </Ask>
      )}
    </>
  );
}
