import { Bullseye, Flex, Spinner, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { Vm } from "../api/client";
import { useVm } from "../api/queries";
import { Heading } from "../parts/Heading";
import { History } from "../parts/History";
import { Loaded } from "../parts/Loaded";
import { VmBackups } from "./backups/VmBackups";
import { VmDisks } from "./disks/VmDisks";
import { VmNetworks } from "./nics/VmNetworks";
import { PowerLabel } from "./PowerLabel";
import { VmActions } from "./VmActions";
import { VmMigration } from "./VmMigration";
import { VmOverview } from "./VmOverview";
import { VmSnapshots } from "./VmSnapshots";

const VmConsole = lazy(() => import("./console/VmConsole"));

const TABS = [
  "overview",
  "console",
  "disks",
  "networks",
  "snapshots",
  "backups",
  "migration",
  "events",
] as const;
const PANEL = "vm-panel";
type Place = (typeof TABS)[number];

export default function VmPage() {
  const { key = "" } = useParams();
  return <Loaded query={useVm(key)}>{(vm) => <Page vm={vm} />}</Loaded>;
}

function Page({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const { tab } = useParams();
  const navigate = useNavigate();
  const active = TABS.find((one) => one === tab) ?? "overview";
  return (
    <>
      <Heading
        title={vm.name}
        actions={<VmActions vm={vm} />}
        note={
          <Flex gap={{ default: "gapSm" }}>
            <PowerLabel vm={vm} /> {vm.server?.name}
          </Flex>
        }
      />
      <Tabs
        activeKey={active}
        aria-label={vm.name}
        component="nav"
        onSelect={(_, chosen) => navigate(`/vms/${vm.id}/${chosen}`, { replace: true })}
      >
        {TABS.map((one) => (
          <Tab
            key={one}
            eventKey={one}
            tabContentId={PANEL}
            title={<TabTitleText>{t(`vms.${one}`)}</TabTitleText>}
          />
        ))}
      </Tabs>
      <div id={PANEL} role="tabpanel" aria-label={t(`vms.${active}`)} className="pf-v6-u-mt-md">
        <Suspense
          fallback={
            <Bullseye>
              <Spinner aria-label={t("common.loading")} />
            </Bullseye>
          }
        >
          <Content vm={vm} tab={active} />
        </Suspense>
      </div>
    </>
  );
}

function Content({ vm, tab }: { vm: Vm; tab: Place }) {
  switch (tab) {
    case "overview":
      return <VmOverview vm={vm} />;
    case "console":
      return <VmConsole vm={vm} />;
    case "disks":
      return <VmDisks vm={vm} />;
    case "networks":
      return <VmNetworks vm={vm} />;
    case "snapshots":
      return <VmSnapshots vm={vm} />;
    case "backups":
      return <VmBackups vm={vm} />;
    case "migration":
      return <VmMigration vm={vm} />;
    case "events":
      return <History subject={`vm:${vm.id}`} />;
  }
}
