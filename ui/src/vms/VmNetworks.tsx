import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { bytes } from "../i18n";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";

export function VmNetworks({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const { vifs } = vm.config;
  if (vifs.length === 0) return <Empty title={t("vms.noNics")}>millpond vm nic-add --help</Empty>;
  return (
    <DataTable
      label={t("vms.networks")}
      rows={vifs}
      id={(vif) => vif.mac}
      columns={[
        { key: "bridge", title: t("vms.bridge"), cell: (vif) => vif.bridge },
        { key: "mac", title: t("vms.mac"), cell: (vif) => <code>{vif.mac}</code> },
        { key: "model", title: t("vms.model"), cell: (vif) => vif.model },
        {
          key: "limit",
          title: t("vms.limit"),
          cell: (vif) => vif.rate_limit && `${bytes(vif.rate_limit * 1000)}/s`,
        },
      ]}
    />
  );
}
