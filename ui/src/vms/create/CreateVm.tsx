import { Modal, Wizard, WizardHeader, WizardStep } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pool } from "../../api/client";
import { usePools, useTemplates } from "../../api/queries";
import { useIsos } from "../../api/vms";
import { useRun } from "../../app/run";
import { Equivalent } from "../../parts/Equivalent";
import { creation } from "./creation";
import { Hardware } from "./Hardware";
import { ImportSettings } from "./ImportSettings";
import { first, hasSource, type Plan, wrong } from "./plan";
import { Rehearsal } from "./Rehearsal";
import { SourceStep } from "./SourceStep";

/** A VM in three steps: what it is made of, what it has, and whether that can be. */
export function CreateVm({ onClose }: { onClose: () => void }) {
  const pools = usePools().data ?? [];
  const [chosen, setChosen] = useState<string>();
  const pool = pools.find((one) => one.name === chosen) ?? pools[0];
  return (
    pool && <Steps key={pool.id} pool={pool} pools={pools} setPool={setChosen} onClose={onClose} />
  );
}

interface Props {
  pool: Pool;
  pools: Pool[];
  setPool: (name: string) => void;
  onClose: () => void;
}

function Steps({ pool, pools, setPool, onClose }: Props) {
  const { t } = useTranslation();
  const run = useRun();
  const templates = useTemplates(pool.id).data;
  const isos = useIsos(pool.id).data;
  const [typed, setTyped] = useState(first(pool));
  const [fits, setFits] = useState(false);
  const plan: Plan = {
    ...typed,
    template: typed.template || (templates?.[0]?.name ?? ""),
    iso: typed.iso || (isos?.[0]?.name ?? ""),
  };
  const change = (some: Partial<Plan>) => {
    setTyped({ ...typed, ...some });
    setFits(false);
  };
  const good = wrong(plan).length === 0;
  const operation = creation(pool, plan);
  const words = {
    backButtonText: t("wizard.back"),
    cancelButtonText: t("common.cancel"),
    nextButtonText: t("wizard.next"),
  };
  const settings = { pool, plan, change };
  return (
    <Modal isOpen variant="large" aria-label={t("create.title")} onEscapePress={onClose}>
      <Wizard
        height={600}
        onClose={onClose}
        onSave={async () => {
          setFits(false); // asked once
          if (await run(operation)) onClose();
        }}
        header={
          <WizardHeader
            title={t("create.title")}
            onClose={onClose}
            closeButtonAriaLabel={t("common.close")}
          />
        }
      >
        <WizardStep
          id="source"
          name={t("create.source")}
          footer={{ ...words, isNextDisabled: !hasSource(plan) }}
        >
          <SourceStep
            {...settings}
            pools={pools}
            setPool={setPool}
            templates={templates}
            isos={isos}
          />
        </WizardStep>
        <WizardStep
          id="settings"
          name={t("wizard.settings")}
          isDisabled={!hasSource(plan)}
          footer={{ ...words, isNextDisabled: !good }}
        >
          {plan.source === "import" ? (
            <ImportSettings {...settings} />
          ) : (
            <Hardware
              {...settings}
              template={
                plan.source === "template"
                  ? templates?.find(({ name }) => name === plan.template)
                  : undefined
              }
            />
          )}
        </WizardStep>
        <WizardStep
          id="rehearsal"
          name={t("create.rehearsal")}
          isDisabled={!hasSource(plan) || !good}
          footer={{ ...words, isNextDisabled: !fits, nextButtonText: t("common.create") }}
        >
          <Rehearsal operation={operation} onFits={setFits} />
          <Equivalent operation={operation} />
        </WizardStep>
      </Wizard>
    </Modal>
  );
}
