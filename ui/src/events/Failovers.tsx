import { Stack, StackItem, Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useFailovers, usePools } from "../api/queries";
import { Empty } from "../parts/Empty";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { Timeline } from "./Timeline";

export default function Failovers() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("failovers.title")} />
      <Loaded query={usePools()}>
        {(pools) =>
          pools.length === 0 ? (
            <Empty title={t("pools.empty")}>{t("pools.emptyBody")}</Empty>
          ) : (
            <Stack hasGutter>
              {pools.map((pool) => (
                <StackItem key={pool.id}>
                  <Title headingLevel="h2" size="lg">
                    {pool.name}
                  </Title>
                  <PoolFailovers pool={pool.id} />
                </StackItem>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </>
  );
}

/** `vm`: only those that it was to be started in. */
export function PoolFailovers({ pool, vm }: { pool: string; vm?: string }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useFailovers(pool)}>
      {(all) => {
        const failovers = all.filter((one) => !vm || one.vms.some((told) => told.vm === vm));
        return failovers.length === 0 ? (
          <Empty title={t("failovers.none")}>{t("failovers.noneBody")}</Empty>
        ) : (
          <Stack hasGutter>
            {failovers.map((failover) => (
              <StackItem key={failover.id}>
                <Timeline failover={failover} />
              </StackItem>
            ))}
          </Stack>
        );
      }}
    </Loaded>
  );
}
