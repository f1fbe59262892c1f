import { Label, LabelGroup } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Vm } from "../api/client";
import { duration, mebibytes } from "../i18n";
import { CopyId, Facts } from "../parts/Facts";
import { EditButtons } from "./edit/EditButtons";

export function VmOverview({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const { config, guest } = vm;
  const pending = Object.entries(vm.pending).map(
    ([field, value]) => `${field}: ${JSON.stringify(value)}`,
  );
  const memory = mebibytes(guest?.memory ?? config.memory);
  return (
    <>
      <Facts
        of={[
          [
            t("common.pool"),
            <Link key="pool" to={`/pools/${vm.pool.id}`}>
              {vm.pool.name}
            </Link>,
          ],
          [
            t("common.server"),
            vm.server && (
              <Link key="server" to={`/servers/${vm.server.id}`}>
                {vm.server.name}
              </Link>
            ),
          ],
          [t("vms.wanted"), vm.wanted],
          [t("vms.uptime"), guest && duration(guest.uptime)],
          [t("vms.cpuTime"), guest && duration(guest.cpu_time)],
          [
            t("common.vcpus"),
            config.vcpus === config.max_vcpus
              ? config.vcpus
              : `${config.vcpus} / ${config.max_vcpus}`,
          ],
          [
            t("common.memory"),
            config.memory === config.max_memory
              ? memory
              : `${memory} / ${mebibytes(config.max_memory)}`,
          ],
          [t("edit.cpu_weight"), config.cpu_weight],
          [t("edit.cpu_cap"), config.cpu_cap > 0 ? `${config.cpu_cap} %` : t("common.none")],
          [t("boot.order"), config.boot.map((device) => t(`boot.${device}`)).join(", ")],
          [t("vms.repository"), vm.repository?.name],
          [t("vms.haGuarded"), vm.guarded ? t("common.yes") : t("common.no")],
          [t("vms.pending"), pending.join("; ")],
          [t("vms.problem"), vm.problem],
          [t("common.description"), config.description],
          [t("common.tags"), config.tags.length > 0 && <Tags key="tags" tags={config.tags} />],
          [t("common.id"), <CopyId key="id" id={vm.id} />],
        ]}
      />
      <EditButtons vm={vm} />
    </>
  );
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <LabelGroup>
      {tags.map((tag) => (
        <Label
          key={tag}
          isCompact
          render={(props) => (
            <Link {...props.componentRef} to={`/vms?tag=${encodeURIComponent(tag)}`}>
              {tag}
            </Link>
          )}
        />
      ))}
    </LabelGroup>
  );
}
