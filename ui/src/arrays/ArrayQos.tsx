import { Label, Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useArrayQos } from "../api/arrays";
import type { components } from "../api/schema";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";

/** Policies, of which one runs at a time, and the I/O classes that they hold to goals. */
export function ArrayQos({ array }: { array: string }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useArrayQos(array)}>
      {({ policies, classes }) =>
        policies.length + classes.length === 0 ? (
          <Empty title={t("arrays.noQos")}>{t("arrays.noQosBody")}</Empty>
        ) : (
          <>
            <Title headingLevel="h2" size="lg">
              {t("arrays.policies")}
            </Title>
            <Policies policies={policies} />
            <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
              {t("arrays.classes")}
            </Title>
            <Classes classes={classes} />
          </>
        )
      }
    </Loaded>
  );
}

function Policies({ policies }: { policies: components["schemas"]["IoPolicy"][] }) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t("arrays.policies")}
      rows={policies}
      id={(one) => one.name}
      columns={[
        { key: "policy", title: t("common.name"), by: (one) => one.name },
        {
          key: "running",
          title: t("common.state"),
          by: (one) => String(one.running),
          cell: (one) => <Runs running={one.running} />,
        },
        { key: "classes", title: t("arrays.classes"), cell: (one) => one.classes.join(", ") },
        { key: "failure", title: t("arrays.onFailure"), cell: (one) => one.on_failure },
      ]}
    />
  );
}

function Classes({ classes }: { classes: components["schemas"]["IoClass"][] }) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={t("arrays.classes")}
      rows={classes}
      id={(one) => one.name}
      columns={[
        { key: "class", title: t("common.name"), by: (one) => one.name },
        {
          key: "runs",
          title: t("common.state"),
          by: (one) => String(one.running),
          cell: (one) => <Runs running={one.running} />,
        },
        {
          key: "of",
          title: t("arrays.luns"),
          cell: (one) => one.luns?.join(", ") ?? t("arrays.all"),
        },
        { key: "type", title: t("arrays.commands"), by: (one) => one.io_type },
        { key: "sizes", title: t("common.size"), by: (one) => one.sizes },
        { key: "control", title: t("arrays.control"), by: (one) => one.control },
        { key: "metric", title: t("arrays.metric"), by: (one) => one.metric },
        { key: "goal", title: t("arrays.goal"), by: (one) => one.goal },
      ]}
    />
  );
}

function Runs({ running }: { running: boolean }) {
  const { t } = useTranslation();
  return (
    <Label isCompact {...(running && { status: "success" as const })}>
      {running ? t("arrays.runs") : t("arrays.rests")}
    </Label>
  );
}
