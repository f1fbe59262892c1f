import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { bytes } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { DataTable } from "../../parts/DataTable";
import { Empty } from "../../parts/Empty";
import { type Nic, NicDialog } from "./NicDialog";

type Asked = { what: "add" } | { what: "edit" | "remove"; nic: Nic };

/** The VM's network interfaces; each change is made at once while it runs. */
export function VmNetworks({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const add = (
    <Button
      variant="secondary"
      isDisabled={Boolean(vm.busy)}
      onClick={() => setAsked({ what: "add" })}
    >
      {t("nics.add")}
    </Button>
  );
  return (
    <>
      {vm.config.vifs.length === 0 ? (
        <Empty title={t("vms.noNics")} action={add}>
          {t("nics.noneBody")}
        </Empty>
      ) : (
        <>
          {add}
          <Nics vm={vm} ask={setAsked} />
        </>
      )}
      {asked?.what === "add" && <NicDialog vm={vm} onClose={close} />}
      {asked?.what === "edit" && <NicDialog vm={vm} nic={asked.nic} onClose={close} />}
      {asked?.what === "remove" && (
        <Ask
          danger
          title={`${t("nics.remove")}: ${asked.nic.mac}`}
          submit={t("nics.remove")}
          onClose={close}
          operations={[
            {
              method: "DELETE",
              path: `/vms/${vm.id}/vifs/${asked.nic.mac}`,
              cli: millpond("vm", "nic-remove", vm.name, asked.nic.mac),
            },
          ]}
        >
          <p>{t("nics.removeLoss", { bridge: asked.nic.bridge })}</p>
        </Ask>
      )}
    </>
  );
}

function Nics({ vm, ask }: { vm: Vm; ask: (asked: Asked) => void }) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t("vms.networks")}
      rows={vm.config.vifs}
      id={(vif) => vif.mac}
      columns={[
        { key: "bridge", title: t("vms.bridge"), cell: (vif) => vif.bridge },
        { key: "mac", title: t("vms.mac"), cell: (vif) => <code>{vif.mac}</code> },
        { key: "model", title: t("vms.model"), cell: (vif) => vif.model },
        {
          key: "limit",
          title: t("vms.limit"),
          cell: (vif) => (vif.rate_limit ? `${bytes(vif.rate_limit * 1024)}/s` : t("common.none")),
        },
        {
          key: "actions",
          title: t("common.actions"),
          cell: (nic) => (
            <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
              {(["edit", "remove"] as const).map((what) => (
                <Button
                  key={what}
                  variant="link"
                  isInline
                  isDanger={what === "remove"}
                  isDisabled={Boolean(vm.busy)}
                  aria-label={`${t(`nics.${what}`)}: ${nic.mac}`}
                  onClick={() => ask({ what, nic })}
                >
                  {t(`nics.${what}`)}
                </Button>
              ))}
            </Flex>
          ),
        },
      ]}
    />
  );
}
