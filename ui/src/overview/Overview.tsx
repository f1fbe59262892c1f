import { Card, CardBody, CardTitle, Grid, GridItem, Progress } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useFailovers, useJobs, usePools, useServers, useVms } from "../api/queries";
import { Timeline } from "../events/Timeline";
import { mebibytes } from "../i18n";
import { Jobs } from "../jobs/Jobs";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { Attention } from "./Attention";

const RECENT = 6;

export default function Overview() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("overview.title")} />
      <Grid hasGutter>
        <GridItem lg={6}>
          <Attention />
        </GridItem>
        <GridItem lg={6}>
          <Capacity />
        </GridItem>
        <GridItem lg={12}>
          <Card isCompact>
            <CardTitle component="h2">{t("overview.recent")}</CardTitle>
            <CardBody>
              <Loaded query={useJobs()}>{(jobs) => <Jobs jobs={jobs.slice(0, RECENT)} />}</Loaded>
            </CardBody>
          </Card>
        </GridItem>
        <GridItem lg={12}>
          <RecentFailovers />
        </GridItem>
      </Grid>
    </>
  );
}

function Capacity() {
  const { t } = useTranslation();
  const servers = (useServers().data ?? []).filter((s) => s.up && s.memory !== null);
  const vms = useVms().data ?? [];
  const memory = servers.reduce((sum, s) => sum + (s.memory ?? 0), 0);
  const free = servers.reduce((sum, s) => sum + (s.memory_free ?? 0), 0);
  const powers = Object.entries(Object.groupBy(vms, (vm) => vm.power));
  return (
    <Card isCompact isFullHeight>
      <CardTitle component="h2">{t("overview.capacity")}</CardTitle>
      <CardBody>
        <Progress
          aria-label={t("overview.memory")}
          value={memory ? Math.round((100 * (memory - free)) / memory) : 0}
          title={`${t("overview.memory")}: ${t("common.of", { used: mebibytes(memory - free), total: mebibytes(memory) })}`}
        />
        <p className="pf-v6-u-mt-md">
          {t("overview.vms")}:{" "}
          {powers.map(([power, some], at) => (
            <span key={power}>
              {at > 0 && " · "}
              <Link to={`/vms?power=${power}`}>
                {some?.length} {t(`power.${power as "running"}`)}
              </Link>
            </span>
          ))}
        </p>
        <p>
          <Link to="/servers">
            {t("servers.title")}: {servers.length}
          </Link>
        </p>
      </CardBody>
    </Card>
  );
}

function RecentFailovers() {
  const { t } = useTranslation();
  return (
    <Card isCompact>
      <CardTitle component="h2">{t("overview.failovers")}</CardTitle>
      <CardBody>
        <Loaded query={usePools()}>
          {(pools) => pools.map((pool) => <Last key={pool.id} pool={pool.id} />)}
        </Loaded>
      </CardBody>
    </Card>
  );
}

function Last({ pool }: { pool: string }) {
  const { t } = useTranslation();
  return (
    <Loaded query={useFailovers(pool)}>
      {([last]) => (last ? <Timeline failover={last} /> : <p>{t("overview.noFailovers")}</p>)}
    </Loaded>
  );
}
