import { Modal, Wizard, WizardHeader, WizardStep } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "../../api/client";
import { useServers } from "../../api/queries";
import { useRun } from "../../app/run";
import { Equivalent } from "../../parts/Equivalent";
import { INTERFACE, NAME } from "../../parts/written";
import { Members } from "./Members";
import { Preflight } from "./Preflight";
import { creation, firstRoles, hasMaster, type Plan } from "./plan";
import { Settings } from "./Settings";

/** A pool in three steps: its servers, its settings, and whether they fit together. */
export function CreatePool({ onClose }: { onClose: () => void }) {
  const servers = useServers().data?.filter((one) => one.enrolled && !one.pool);
  return servers && <Steps servers={servers} onClose={onClose} />;
}

function Steps({ servers, onClose }: { servers: Server[]; onClose: () => void }) {
  const { t } = useTranslation();
  const run = useRun();
  const [plan, setPlan] = useState<Plan>({
    name: "",
    root: "/OVS",
    bridges: ["xenbr0"],
    roles: firstRoles(servers.map((one) => one.name)),
    ha: false,
    tolerate: 1,
  });
  const [fits, setFits] = useState(false);
  const change = (some: Partial<Plan>) => {
    setPlan({ ...plan, ...some });
    setFits(false);
  };
  const said =
    NAME.test(plan.name) &&
    plan.root.startsWith("/") &&
    plan.bridges.every((name) => INTERFACE.test(name));
  const master = hasMaster(plan);
  const words = {
    backButtonText: t("wizard.back"),
    cancelButtonText: t("common.cancel"),
    nextButtonText: t("wizard.next"),
  };
  return (
    <Modal isOpen variant="large" aria-label={t("wizard.title")} onEscapePress={onClose}>
      <Wizard
        height={560}
        onClose={onClose}
        onSave={() => {
          onClose();
          run(creation(plan));
        }}
        header={
          <WizardHeader
            title={t("wizard.title")}
            onClose={onClose}
            closeButtonAriaLabel={t("common.close")}
          />
        }
      >
        <WizardStep
          id="members"
          name={t("pools.members")}
          footer={{ ...words, isNextDisabled: !master }}
        >
          <p className="pf-v6-u-mb-md">{t("wizard.membersBody")}</p>
          <Members servers={servers} roles={plan.roles} setRoles={(roles) => change({ roles })} />
        </WizardStep>
        <WizardStep
          id="settings"
          name={t("wizard.settings")}
          isDisabled={!master}
          footer={{ ...words, isNextDisabled: !said }}
        >
          <Settings plan={plan} change={change} />
        </WizardStep>
        <WizardStep
          id="preflight"
          name={t("preflight.title")}
          isDisabled={!master || !said}
          footer={{ ...words, isNextDisabled: !fits, nextButtonText: t("pools.create") }}
        >
          <Preflight plan={plan} onFits={setFits} />
          <Equivalent operation={creation(plan)} />
        </WizardStep>
      </Wizard>
    </Modal>
  );
}
