import { ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { Empty } from "../../parts/Empty";
import { useFilters } from "../../parts/useFilters";

const SerialConsole = lazy(() => import("./SerialConsole"));
const VncConsole = lazy(() => import("./VncConsole"));

/** A live console: each kind loads its own library. */
export default function VmConsole({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [{ kind }, set] = useFilters("kind");
  if (vm.power !== "running" && vm.power !== "paused") {
    return <Empty title={t("console.off")}>{t("console.offBody")}</Empty>;
  }
  const vnc = kind === "vnc";
  return (
    <>
      <ToggleGroup aria-label={t("vms.console")} className="pf-v6-u-mb-sm">
        <ToggleGroupItem
          text={t("console.serial")}
          isSelected={!vnc}
          onChange={() => set("kind", "")}
        />
        <ToggleGroupItem
          text={t("console.vnc")}
          isSelected={vnc}
          onChange={() => set("kind", "vnc")}
        />
      </ToggleGroup>
      <Suspense>{vnc ? <VncConsole vm={vm} /> : <SerialConsole vm={vm} />}</Suspense>
    </>
  );
}
