import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Server } from "../api/client";
import { useVms } from "../api/queries";
import { mebibytes } from "../i18n";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";
import { PowerLabel } from "../vms/PowerLabel";

export function ServerGuests({ server }: { server: Server }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useVms()}>
      {(vms) => {
        const here = vms.filter((vm) => vm.server?.id === server.id);
        if (here.length === 0) return <Empty title={t("servers.noGuests")} />;
        return (
          <DataTable
            label={t("servers.guests")}
            rows={here}
            id={(vm) => vm.id}
            columns={[
              {
                key: "name",
                title: t("common.name"),
                by: (vm) => vm.name,
                cell: (vm) => <Link to={`/vms/${vm.id}`}>{vm.name}</Link>,
              },
              { key: "power", title: t("common.state"), cell: (vm) => <PowerLabel vm={vm} /> },
              {
                key: "memory",
                title: t("common.memory"),
                by: (vm) => vm.config.memory,
                cell: (vm) => mebibytes(vm.config.memory),
              },
              { key: "vcpus", title: t("common.vcpus"), by: (vm) => vm.config.vcpus },
            ]}
          />
        );
      }}
    </Loaded>
  );
}
