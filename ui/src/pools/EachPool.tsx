import { Title } from "@patternfly/react-core";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pool } from "../api/client";
import { usePools } from "../api/queries";
import { Empty } from "../parts/Empty";
import { Loaded } from "../parts/Loaded";

/** What every pool has of its own, one below the other. */
export function EachPool({ children }: { children: (pool: Pool) => ReactNode }) {
  const { t } = useTranslation();
  return (
    <Loaded query={usePools()}>
      {(pools) =>
        pools.length === 0 ? (
          <Empty title={t("pools.empty")}>{t("pools.emptyBody")}</Empty>
        ) : (
          pools.map((pool) => (
            <Fragment key={pool.id}>
              <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-md">
                {pool.name}
              </Title>
              {children(pool)}
            </Fragment>
          ))
        )
      }
    </Loaded>
  );
}
