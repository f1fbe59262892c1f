import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Vm } from "../../api/client";
import { bytes } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { DataTable } from "../../parts/DataTable";
import { Empty } from "../../parts/Empty";
import { AddDisk } from "./AddDisk";
import { AttachDisk } from "./AttachDisk";
import { GrowDisk } from "./GrowDisk";
import { InsertCd } from "./InsertCd";

type Disk = Vm["config"]["disks"][number];
type Asked =
  | { what: "add" | "attach" | "insert" | "eject" }
  | { what: "grow" | "detach" | "remove"; disk: Disk };

/** The VM's disks, and what can be done with them; a running guest sees each change at once. */
export function VmDisks({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const more = (
    <Flex gap={{ default: "gapSm" }}>
      {(["add", "attach"] as const).map((what) => (
        <Button
          key={what}
          variant="secondary"
          isDisabled={Boolean(vm.busy)}
          onClick={() => setAsked({ what })}
        >
          {t(`disks.${what}`)}
        </Button>
      ))}
      {(["insert", "eject"] as const).map((what) => (
        <Button
          key={what}
          variant="secondary"
          isDisabled={Boolean(vm.busy) || (what === "eject" && !hasCd(vm))}
          onClick={() => setAsked({ what })}
        >
          {t(`cd.${what}`)}
        </Button>
      ))}
    </Flex>
  );
  return (
    <>
      {vm.config.disks.length === 0 ? (
        <Empty title={t("vms.noDisks")} action={more}>
          {t("disks.noneBody")}
        </Empty>
      ) : (
        <>
          {more}
          <Disks vm={vm} ask={setAsked} />
        </>
      )}
      {asked?.what === "add" && <AddDisk vm={vm} onClose={close} />}
      {asked?.what === "attach" && <AttachDisk vm={vm} onClose={close} />}
      {asked?.what === "insert" && <InsertCd vm={vm} onClose={close} />}
      {asked?.what === "eject" && (
        <Ask
          title={`${t("cd.eject")}: ${vm.name}`}
          submit={t("cd.eject")}
          operations={[ejected(vm)]}
          onClose={close}
        >
          <p>{t("cd.ejectLoss")}</p>
        </Ask>
      )}
      {asked?.what === "grow" && <GrowDisk vm={vm} disk={asked.disk} onClose={close} />}
      {(asked?.what === "detach" || asked?.what === "remove") && (
        <Ask
          danger={asked.what === "remove"}
          title={`${t(`disks.${asked.what}`)}: ${asked.disk.target}`}
          submit={t(`disks.${asked.what}`)}
          operations={[taken(vm, asked.disk, asked.what)]}
          onClose={close}
          {...(asked.what === "remove" && { typed: asked.disk.target })}
        >
          <p>{t(`disks.${asked.what}Loss`, { source: asked.disk.source })}</p>
        </Ask>
      )}
    </>
  );
}

/** A VM with several drives uses the first. */
const hasCd = (vm: Vm): boolean => {
  const drive = vm.config.disks.find((disk) => disk.readonly && disk.target.startsWith("hd"));
  return drive !== undefined && drive.size > 0;
};

const ejected = (vm: Vm): Operation => ({
  method: "DELETE",
  path: `/vms/${vm.id}/cdrom`,
  cli: millpond("vm", "cdrom", "eject", vm.name),
});

function taken(vm: Vm, { target }: Disk, verb: "detach" | "remove"): Operation {
  const path = `/vms/${vm.id}/disks/${target}`;
  const cli = millpond("vm", "disk", verb, vm.name, target);
  return verb === "remove"
    ? { method: "DELETE", path, cli }
    : { method: "POST", path: `${path}/detach`, cli };
}

function Disks({ vm, ask }: { vm: Vm; ask: (asked: Asked) => void }) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t("vms.disks")}
      rows={vm.config.disks}
      id={(disk) => disk.target}
      columns={[
        { key: "target", title: t("vms.target"), cell: (disk) => disk.target },
        { key: "source", title: t("vms.source"), cell: (disk) => <code>{disk.source}</code> },
        { key: "format", title: t("vms.format"), cell: (disk) => disk.format },
        { key: "size", title: t("common.size"), cell: (disk) => disk.size > 0 && bytes(disk.size) },
        { key: "access", title: t("disks.access"), cell: (disk) => <Access disk={disk} /> },
        {
          key: "actions",
          title: t("common.actions"),
          cell: (disk) => (
            <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
              {verbsOf(disk).map((what) => (
                <Button
                  key={what}
                  variant="link"
                  isInline
                  isDanger={what === "remove"}
                  isDisabled={Boolean(vm.busy)}
                  aria-label={`${t(`disks.${what}`)}: ${disk.target}`}
                  onClick={() => ask({ what, disk })}
                >
                  {t(`disks.${what}`)}
                </Button>
              ))}
            </Flex>
          ),
        },
      ]}
    />
  );
}

function Access({ disk }: { disk: Disk }) {
  const { t } = useTranslation();
  if (disk.readonly) return t("vms.readonly");
  return disk.sharable ? t("disks.several") : "";
}

/** A CD is no disk of the VM's; only the file of one grows and is deleted. */
function verbsOf(disk: Disk): ("grow" | "detach" | "remove")[] {
  if (disk.source.startsWith("iso:")) return [];
  return disk.source.startsWith("file:") ? ["grow", "detach", "remove"] : ["detach"];
}
