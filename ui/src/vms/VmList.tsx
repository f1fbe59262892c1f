import {
  Button,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Vm } from "../api/client";
import { useServers, useVms } from "../api/queries";
import { mebibytes } from "../i18n";
import { Choice } from "../parts/Choice";
import { type Column, DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { useFilters } from "../parts/useFilters";
import { BulkActions } from "./BulkActions";
import { CreateVm } from "./create/CreateVm";
import { PowerLabel } from "./PowerLabel";

export default function VmList() {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const create = <Button onClick={() => setCreating(true)}>{t("vms.create")}</Button>;
  return (
    <>
      <Heading title={t("nav.vms")} actions={create} />
      <Loaded query={useVms()}>
        {(vms) =>
          vms.length > 0 ? (
            <Vms vms={vms} />
          ) : (
            <Empty title={t("vms.empty")} action={create}>
              {t("vms.emptyBody")}
            </Empty>
          )
        }
      </Loaded>
      {creating && <CreateVm onClose={() => setCreating(false)} />}
    </>
  );
}

function Vms({ vms }: { vms: Vm[] }) {
  const { t } = useTranslation();
  const [filters, setFilter, clear] = useFilters("name", "power", "server", "tag");
  const [ids, choose] = useState<ReadonlySet<string>>(new Set());
  const { name, power, server, tag } = useDeferredValue(filters);
  const shown = useMemo(
    () =>
      vms.filter(
        (vm) =>
          vm.name.toLowerCase().includes(name.toLowerCase()) &&
          (!power || vm.power === power) &&
          (!server || vm.server?.name === server) &&
          (!tag || vm.config.tags.includes(tag)),
      ),
    [vms, name, power, server, tag],
  );
  const columns = useColumns();
  const chosen = useMemo(() => shown.filter((vm) => ids.has(vm.id)), [shown, ids]);

  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label={t("common.filter")}
              placeholder={t("common.filter")}
              value={filters.name}
              onChange={(_, value) => setFilter("name", value)}
              onClear={() => setFilter("name", "")}
            />
          </ToolbarItem>
          <ToolbarItem>
            <PowerChoice value={filters.power} onChange={(v) => setFilter("power", v)} />
          </ToolbarItem>
          <ToolbarItem>
            <ServerChoice value={filters.server} onChange={(v) => setFilter("server", v)} />
          </ToolbarItem>
          <ToolbarItem>
            <Button
              variant="link"
              onClick={clear}
              isDisabled={!(filters.name || filters.power || filters.server || filters.tag)}
            >
              {t("common.clear")}
            </Button>
          </ToolbarItem>
          <ToolbarGroup align={{ default: "alignEnd" }}>
            <ToolbarItem alignSelf="center" aria-live="polite">
              {t("vms.count", { shown: shown.length, count: vms.length })}
            </ToolbarItem>
            {chosen.length > 0 && (
              <ToolbarItem>
                <BulkActions vms={chosen} />
              </ToolbarItem>
            )}
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      {shown.length === 0 ? (
        <Empty
          title={t("common.noMatch")}
          action={
            <Button variant="link" onClick={clear}>
              {t("common.clear")}
            </Button>
          }
        />
      ) : (
        <DataTable
          tall
          label={t("nav.vms")}
          columns={columns}
          rows={shown}
          id={(vm) => vm.id}
          chosen={{
            ids,
            choose,
            all: t("vms.selectAll"),
            name: (vm) => t("vms.selectRow", { name: vm.name }),
          }}
        />
      )}
    </>
  );
}

const POWERS = ["running", "paused", "suspended", "stopped", "unknown"] as const;

function PowerChoice({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const options = POWERS.map((power) => ({ value: power as string, label: t(`power.${power}`) }));
  options.unshift({ value: "", label: t("vms.anyPower") });
  return <Choice label={t("common.state")} value={value} onChange={onChange} options={options} />;
}

function ServerChoice({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const options = (useServers().data ?? []).map(({ name }) => ({ value: name, label: name }));
  options.unshift({ value: "", label: t("vms.anyServer") });
  return <Choice label={t("common.server")} value={value} onChange={onChange} options={options} />;
}

function useColumns(): Column<Vm>[] {
  const { t } = useTranslation();
  return [
    {
      key: "name",
      title: t("common.name"),
      by: (vm) => vm.name,
      cell: (vm) => <Link to={`/vms/${vm.id}`}>{vm.name}</Link>,
    },
    {
      key: "power",
      title: t("common.state"),
      by: (vm) => vm.power,
      cell: (vm) => <PowerLabel vm={vm} />,
    },
    {
      key: "server",
      title: t("common.server"),
      by: (vm) => vm.server?.name ?? "",
      cell: (vm) => vm.server && <Link to={`/servers/${vm.server.id}`}>{vm.server.name}</Link>,
    },
    {
      key: "vcpus",
      title: t("common.vcpus"),
      by: (vm) => vm.config.vcpus,
    },
    {
      key: "memory",
      title: t("common.memory"),
      by: (vm) => vm.config.memory,
      cell: (vm) => mebibytes(vm.config.memory),
    },
    {
      key: "ha",
      title: t("vms.ha"),
      by: (vm) => Number(vm.guarded),
      cell: (vm) => (vm.guarded ? t("common.yes") : ""),
    },
    {
      key: "pool",
      title: t("common.pool"),
      by: (vm) => vm.pool.name,
      cell: (vm) => <Link to={`/pools/${vm.pool.id}`}>{vm.pool.name}</Link>,
    },
  ];
}
