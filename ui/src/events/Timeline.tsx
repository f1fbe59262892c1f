import { Card, CardBody, CardTitle, Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { components } from "../api/schema";
import { time } from "../i18n";
import { Axis } from "./Axis";

type Failover = components["schemas"]["FailoverReply"];

/** What was done about a server that failed, second by second from its last sign of life. */
export function Timeline({ failover }: { failover: Failover }) {
  const { t } = useTranslation();
  const moments: [number | null, string][] = [
    [failover.detected, t("failovers.detected")],
    [failover.decided, t("failovers.decided")],
    [failover.fenced, t("failovers.fenced", { how: failover.how })],
    [failover.leases_cleared, t("failovers.cleared")],
    ...failover.vms.map((vm): [number | null, string] => [
      vm.started ?? null,
      t("failovers.started", { name: vm.name }),
    ]),
  ];
  const happened = moments
    .filter((moment): moment is [number, string] => moment[0] !== null)
    .map(([at, what]): [number, string] => [at - failover.silent, what])
    .sort(([a], [b]) => a - b);
  return (
    <Card isCompact>
      <CardTitle component="h3">
        <Link to={`/servers/${failover.server.id}`}>{failover.server.name}</Link> ·{" "}
        {time(failover.silent)} <Kept failover={failover} />
      </CardTitle>
      <CardBody>
        {t("failovers.promised")}: {failover.promised.toFixed(1)} s
        {failover.measured !== null &&
          ` · ${t("failovers.measured")}: ${failover.measured.toFixed(1)} s`}
        <Axis moments={happened} promised={failover.promised} />
        <ol className="mp-timeline">
          {happened.map(([after, what]) => (
            <li key={what}>
              <b>+{after.toFixed(1)} s</b> {what}
            </li>
          ))}
        </ol>
      </CardBody>
    </Card>
  );
}

function Kept({ failover }: { failover: Failover }) {
  const { t } = useTranslation();
  if (failover.ended === null)
    return (
      <Label isCompact color="blue">
        {t("failovers.open")}
      </Label>
    );
  if (failover.kept === null) return null;
  return failover.kept ? (
    <Label isCompact status="success">
      {t("failovers.kept")}
    </Label>
  ) : (
    <Label isCompact status="danger">
      {t("failovers.late")}
    </Label>
  );
}
