import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { useRules } from "../../api/vms";
import { DataTable } from "../../parts/DataTable";
import { Loaded } from "../../parts/Loaded";

/** Which VMs it belongs with or apart from, and where it may run. */
export function VmRules({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useRules(vm.pool.id)}>
      {(all) => {
        const rules = all.filter((rule) => rule.vms.includes(vm.name));
        if (rules.length === 0) return <p>{t("guard.noRules")}</p>;
        return (
          <DataTable
            label={t("guard.rules")}
            rows={rules}
            id={(rule) => rule.name}
            columns={[
              { key: "rule", title: t("guard.rule"), by: (rule) => rule.name },
              {
                key: "kind",
                title: t("guard.kind"),
                by: (rule) => rule.kind,
                cell: (rule) => t(`guard.kinds.${rule.kind}`),
              },
              { key: "vms", title: t("nav.vms"), cell: (rule) => rule.vms.join(", ") },
              { key: "servers", title: t("nav.servers"), cell: (rule) => rule.servers.join(", ") },
              {
                key: "strict",
                title: t("guard.strict"),
                cell: (rule) => t(rule.strict ? "common.yes" : "common.no"),
              },
            ]}
          />
        );
      }}
    </Loaded>
  );
}
