import { Grid, GridItem, Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useArrayGroups, useArrayLuns } from "../api/arrays";
import type { components } from "../api/schema";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { CopyId } from "../parts/Facts";
import { Loaded } from "../parts/Loaded";

type Group = components["schemas"]["StorageGroup"];

/** Which hosts see which LUNs, and under which numbers. */
export function ArrayGroups({ array }: { array: string }) {
  const { t } = useTranslation();
  const luns = useArrayLuns(array);
  const names = new Map(luns.data?.map((lun) => [lun.number, lun.name]));
  return (
    <Loaded query={useArrayGroups(array)}>
      {(groups) =>
        groups.length === 0 ? (
          <Empty title={t("arrays.noGroups")}>{t("arrays.noGroupsBody")}</Empty>
        ) : (
          groups.map((group) => <One key={group.name} group={group} names={names} />)
        )
      }
    </Loaded>
  );
}

function One({ group, names }: { group: Group; names: ReadonlyMap<number, string> }) {
  const { t } = useTranslation();
  return (
    <section className="pf-v6-u-mb-lg">
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mb-sm">
        {group.name}
      </Title>
      <Grid hasGutter>
        <GridItem xl={7}>
          {group.hosts.length === 0 ? (
            <p>{t("arrays.noHosts")}</p>
          ) : (
            <DataTable
              label={t("arrays.hostsOf", { group: group.name })}
              rows={group.hosts}
              id={(host) => host.initiator}
              columns={[
                { key: "host", title: t("arrays.host"), cell: (host) => host.name },
                {
                  key: "initiator",
                  title: t("arrays.initiator"),
                  cell: (host) => <CopyId id={host.initiator} />,
                },
                { key: "ports", title: t("arrays.ports"), cell: (host) => host.ports.join(", ") },
              ]}
            />
          )}
        </GridItem>
        <GridItem xl={5}>
          {group.luns.length === 0 ? (
            <p>{t("arrays.noGroupLuns")}</p>
          ) : (
            <DataTable
              label={t("arrays.lunsOf", { group: group.name })}
              rows={group.luns}
              id={(one) => String(one.hlu)}
              columns={[
                { key: "hlu", title: t("arrays.hlu"), cell: (one) => one.hlu },
                { key: "lun", title: t("arrays.lun"), cell: (one) => one.lun },
                { key: "called", title: t("common.name"), cell: (one) => names.get(one.lun) },
              ]}
            />
          )}
        </GridItem>
      </Grid>
    </section>
  );
}
