import { Alert, Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useArray } from "../api/arrays";
import type { components } from "../api/schema";
import { time } from "../i18n";
import { CopyId, Facts } from "../parts/Facts";
import { Loaded } from "../parts/Loaded";

/** How it is, in its own words. */
export function ArrayOverview({ array }: { array: components["schemas"]["Array"] }) {
  const { t } = useTranslation();
  const query = useArray(array.id);
  return (
    <Loaded query={query}>
      {({ health, well }) => (
        <>
          {health.faults.map((fault) => (
            <Alert key={fault} isInline variant="warning" title={fault} className="pf-v6-u-mb-sm" />
          ))}
          <Facts
            of={[
              [
                t("common.state"),
                <Label key="state" isCompact status={well ? "success" : "danger"}>
                  {well ? t("arrays.well") : t("arrays.unwell")}
                </Label>,
              ],
              [t("arrays.model"), health.model],
              [t("arrays.serial"), health.serial],
              ...Object.entries(health.answers).map(([address, answers]): [string, string] => [
                address,
                answers ? t("arrays.answers") : t("arrays.silent"),
              ]),
              [t("arrays.user"), array.user],
              [t("common.created"), time(array.created)],
              [t("arrays.asked"), time(query.dataUpdatedAt / 1000)],
              [t("common.id"), <CopyId key="id" id={array.id} />],
            ]}
          />
        </>
      )}
    </Loaded>
  );
}
