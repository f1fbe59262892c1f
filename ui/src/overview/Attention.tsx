import { Alert, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Pool } from "../api/client";
import {
  poolHaQuery,
  repositoriesQuery,
  useEach,
  useJobs,
  usePools,
  useServers,
  useVms,
} from "../api/queries";
import { useHealthOfArrays } from "../api/storage";
import { Loaded } from "../parts/Loaded";
import {
  ofAlarms,
  ofArrays,
  ofJobs,
  ofRepositories,
  ofServers,
  ofVms,
  type Trouble,
} from "./troubles";

const DAY = 86_400; // s
const MOST = 20;

/** What somebody should look at, each a link to where it is. */
export function Attention() {
  const { t } = useTranslation();
  return (
    <Card isCompact isFullHeight>
      <CardTitle component="h2">{t("overview.attention")}</CardTitle>
      <CardBody>
        <Loaded query={usePools()}>{(pools) => <Troubles pools={pools} />}</Loaded>
      </CardBody>
    </Card>
  );
}

function Troubles({ pools }: { pools: Pool[] }) {
  const { t } = useTranslation();
  const [troubles, known] = useTroubles(pools);
  if (troubles.length === 0) return <p>{known ? t("overview.fine") : t("common.loading")}</p>;
  return (
    <>
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
      {troubles.length > MOST && <p>{t("overview.more", { count: troubles.length - MOST })}</p>}
    </>
  );
}

/** The gravest first; and whether all that could be one has answered. */
function useTroubles(pools: Pool[]): [Trouble[], boolean] {
  const { t } = useTranslation();
  const servers = useServers().data;
  const vms = useVms().data;
  const held = useJobs({ state: "held" }).data;
  const failed = useJobs({ state: "failed" }).data;
  const repositories = useEach(pools, repositoriesQuery);
  const ha = useEach(pools, poolHaQuery);
  const arrays = useHealthOfArrays();
  const lately = Date.now() / 1000 - DAY;
  const known = pools.every(({ id }) => repositories[id] && ha[id]);
  const found = [
    ...ofServers(t, servers ?? []),
    ...ofVms(t, vms ?? []),
    ...pools.flatMap((pool) => ofAlarms(t, pool, ha[pool.id]?.alarms ?? [])),
    ...pools.flatMap((pool) => ofRepositories(t, pool, repositories[pool.id] ?? [])),
    ...ofArrays(t, arrays),
    ...ofJobs(t, held ?? [], "jobHeld"),
    ...ofJobs(
      t,
      (failed ?? []).filter((job) => job.created > lately),
      "jobFailed",
    ),
  ];
  const order = [
    ...found.filter(({ variant }) => variant === "danger"),
    ...found.filter(({ variant }) => variant === "warning"),
  ];
  return [order, Boolean(servers && vms && held && failed && known)];
}
