import { Alert, Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool, Vm } from "../../api/client";
import { usePools } from "../../api/queries";
import { PoolFailovers } from "../../events/Failovers";
import { Facts } from "../../parts/Facts";
import { Loaded } from "../../parts/Loaded";
import { HaLabel } from "../../pools/PoolList";
import { VmHaDialog } from "./VmHaDialog";
import { VmRules } from "./VmRules";

/** Whether the VM comes back by itself, where, and how that went so far. */
export function VmHa({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  return (
    <Loaded query={usePools()}>
      {(pools) => {
        const pool = pools.find((one) => one.id === vm.pool.id);
        return (
          pool && (
            <>
              <Guarded vm={vm} pool={pool} />
              <Settings vm={vm} pool={pool} />
              <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
                {t("guard.rules")}
              </Title>
              <VmRules vm={vm} />
              <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
                {t("guard.failovers")}
              </Title>
              <PoolFailovers pool={pool.id} vm={vm.id} />
            </>
          )
        );
      }}
    </Loaded>
  );
}

/** Both have to ask for it, the VM and its pool: what of it is lacking. */
function Guarded({ vm, pool }: { vm: Vm; pool: Pool }) {
  const { t } = useTranslation();
  // Not `vm.guarded`: of a change of the pool no event of the VM tells.
  const guarded = vm.config.ha && pool.ha.enabled && pool.ha.armed;
  const why = [
    !vm.config.ha && t("guard.vm"),
    !pool.ha.enabled && t("guard.pool", { pool: pool.name }),
    pool.ha.enabled && !pool.ha.armed && t("guard.disarmed", { pool: pool.name }),
    guarded && (vm.wanted === "on" ? t("guard.yesBody") : t("guard.off")),
  ];
  return (
    <Alert
      isInline
      variant={guarded ? "success" : "info"}
      title={t(guarded ? "guard.yes" : "guard.no")}
      className="pf-v6-u-mb-md"
    >
      {why.filter((one) => one !== false).join(" ")}
    </Alert>
  );
}

function Settings({ vm, pool }: { vm: Vm; pool: Pool }) {
  const { t } = useTranslation();
  const [changing, setChanging] = useState(false);
  const { ha, restart_priority, preferred_servers } = vm.config;
  return (
    <>
      <Facts
        of={[
          [t("create.ha"), t(ha ? "common.yes" : "common.no")],
          [
            t("common.pool"),
            <span key="pool">
              <Link to={`/pools/${pool.id}/ha`}>{pool.name}</Link> <HaLabel ha={pool.ha} />
            </span>,
          ],
          [t("vms.priority"), restart_priority],
          [t("vms.preferred"), preferred_servers.join(", ") || t("guard.anyServer")],
        ]}
      />
      <Button
        variant="secondary"
        className="pf-v6-u-mt-md"
        isDisabled={Boolean(vm.busy)}
        onClick={() => setChanging(true)}
      >
        {t("guard.change")}
      </Button>
      {changing && <VmHaDialog vm={vm} pool={pool} onClose={() => setChanging(false)} />}
    </>
  );
}
