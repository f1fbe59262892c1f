import { Alert, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "../api/client";
import { useJobs, usePoolHa, usePools, useServers, useVms } from "../api/queries";
import { Loaded } from "../parts/Loaded";

const DAY = 86_400; // s
const MOST = 20;

interface Trouble {
  variant: "danger" | "warning";
  title: string;
  to: string;
}

/** What somebody should look at, each a link to where it is. */
export function Attention() {
  const { t } = useTranslation();
  const troubles = useTroubles();
  return (
    <Card isCompact isFullHeight>
      <CardTitle component="h2">{t("overview.attention")}</CardTitle>
      <CardBody>
        <Loaded query={usePools()}>
          {(pools) => pools.map((pool) => <Alarms key={pool.id} pool={pool} />)}
        </Loaded>
        {troubles.length === 0 && <p>{t("overview.fine")}</p>}
        {troubles.slice(0, MOST).map(({ variant, title, to }) => (
          <Alert
            key={to + title}
            isInline
            isPlain
            variant={variant}
            component="h3"
            title={<Link to={to}>{title}</Link>}
          />
        ))}
      </CardBody>
    </Card>
  );
}

function useTroubles(): Trouble[] {
  const { t } = useTranslation();
  const down = (useServers().data ?? []).filter((server) => server.enrolled && !server.up);
  const jobs = useJobs().data ?? [];
  const vms = (useVms().data ?? []).filter((vm) => vm.problem || vm.power === "unknown");
  const lately = Date.now() / 1000 - DAY;
  const about = (kind: string, name: string) => ({ kind, name });
  return [
    ...down.map(
      (s): Trouble => ({
        variant: "danger",
        title: t("overview.serverDown", { name: s.name }),
        to: `/servers/${s.id}`,
      }),
    ),
    ...vms.map(
      (vm): Trouble => ({
        variant: "danger",
        title: t("overview.vmProblem", {
          name: vm.name,
          problem: vm.problem || t("power.unknown"),
        }),
        to: `/vms/${vm.id}`,
      }),
    ),
    ...jobs
      .filter((job) => job.state === "held")
      .map(
        (job): Trouble => ({
          variant: "warning",
          title: t("overview.jobHeld", about(job.kind, job.subject_name)),
          to: `/jobs/${job.id}`,
        }),
      ),
    ...jobs
      .filter((job) => job.state === "failed" && job.created > lately)
      .map(
        (job): Trouble => ({
          variant: "warning",
          title: t("overview.jobFailed", about(job.kind, job.subject_name)),
          to: `/jobs/${job.id}`,
        }),
      ),
  ];
}

function Alarms({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const alarms = usePoolHa(pool.id).data?.alarms ?? [];
  return alarms.map((alarm) => (
    <Alert
      key={alarm}
      isInline
      isPlain
      variant="warning"
      component="h3"
      title={
        <Link to={`/pools/${pool.id}`}>{t("overview.alarm", { name: pool.name, alarm })}</Link>
      }
    />
  ));
}
