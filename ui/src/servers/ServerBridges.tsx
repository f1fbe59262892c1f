import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Server } from "../api/client";
import { useInventory } from "../api/queries";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { CopyId } from "../parts/Facts";
import { Loaded } from "../parts/Loaded";

/** The bridges that the server itself says it has, be they of its pool or not. */
export function ServerBridges({ server }: { server: Server }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useInventory(server.id)}>
      {({ bridges }) =>
        bridges.length === 0 ? (
          <Empty title={t("servers.noBridges")} />
        ) : (
          <DataTable
            label={t("servers.tabs.bridges")}
            rows={bridges}
            id={(bridge) => bridge.name}
            columns={[
              { key: "name", title: t("common.name"), by: (bridge) => bridge.name },
              {
                key: "state",
                title: t("common.state"),
                cell: ({ up }) => (
                  <Label isCompact status={up ? "success" : "danger"}>
                    {t(`servers.bridge.${up ? "up" : "down"}`)}
                  </Label>
                ),
              },
              {
                key: "ports",
                title: t("servers.bridge.ports"),
                cell: (bridge) => bridge.ports?.join(", "),
              },
              {
                key: "addresses",
                title: t("servers.bridge.addresses"),
                cell: (bridge) => bridge.addresses?.join(", "),
              },
              { key: "mac", title: t("vms.mac"), cell: (bridge) => <CopyId id={bridge.mac} /> },
            ]}
          />
        )
      }
    </Loaded>
  );
}
