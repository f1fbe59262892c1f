import { Flex } from "@patternfly/react-core";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { Vm } from "../api/client";
import { useVm } from "../api/queries";
import { Heading } from "../parts/Heading";
import { History } from "../parts/History";
import { Loaded } from "../parts/Loaded";
import { Tabbed } from "../parts/Tabbed";
import { VmBackups } from "./backups/VmBackups";
import { VmDisks } from "./disks/VmDisks";
import { VmHa } from "./ha/VmHa";
import { VmNetworks } from "./nics/VmNetworks";
import { PowerLabel } from "./PowerLabel";
import { VmActions } from "./VmActions";
import { VmDescription } from "./VmDescription";
import { VmMigration } from "./VmMigration";
import { VmOverview } from "./VmOverview";
import { VmSnapshots } from "./VmSnapshots";

const Performance = lazy(() => import("../charts/Performance"));
const VmConsole = lazy(() => import("./console/VmConsole"));

const TABS = [
  "overview",
  "performance",
  "console",
  "disks",
  "networks",
  "snapshots",
  "backups",
  "migration",
  "ha",
  "description",
  "events",
] as const;

export default function VmPage() {
  const { key = "" } = useParams();
  return <Loaded query={useVm(key)}>{(vm) => <Page vm={vm} />}</Loaded>;
}

function Page({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const { tab } = useParams();
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
      <Tabbed
        label={vm.name}
        path={`/vms/${vm.id}`}
        tabs={TABS.map((key) => ({ key, title: t(`vms.${key}`) }))}
        chosen={tab}
      >
        {(shown) => <Content vm={vm} tab={shown} />}
      </Tabbed>
    </>
  );
}

function Content({ vm, tab }: { vm: Vm; tab: (typeof TABS)[number] }) {
  switch (tab) {
    case "overview":
      return <VmOverview vm={vm} />;
    case "performance":
      return <Performance of="vms" id={vm.id} />;
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
    case "ha":
      return <VmHa vm={vm} />;
    case "description":
      return <VmDescription vm={vm} />;
    case "events":
      return <History subject={`vm:${vm.id}`} />;
  }
}
