import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { bytes } from "../i18n";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";

export function VmDisks({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const { disks } = vm.config;
  if (disks.length === 0)
    return <Empty title={t("vms.noDisks")}>millpond vm disk add --help</Empty>;
  return (
    <DataTable
      label={t("vms.disks")}
      rows={disks}
      id={(disk) => disk.target}
      columns={[
        { key: "target", title: t("vms.target"), cell: (disk) => disk.target },
        { key: "source", title: t("vms.source"), cell: (disk) => <code>{disk.source}</code> },
        { key: "format", title: t("vms.format"), cell: (disk) => disk.format },
        { key: "size", title: t("common.size"), cell: (disk) => disk.size > 0 && bytes(disk.size) },
        { key: "readonly", title: "", cell: (disk) => disk.readonly && t("vms.readonly") },
      ]}
    />
  );
}
