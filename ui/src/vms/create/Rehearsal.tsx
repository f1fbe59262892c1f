import { Alert, Bullseye, Button, List, ListItem, Spinner } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { type Operation, rehearse, type Vm } from "../../api/client";
import { bytes, mebibytes } from "../../i18n";
import { ErrorNote } from "../../parts/ErrorNote";

/** What of the plans of creating and importing is told. */
interface Planned {
  before: { config: Vm["config"] };
  placement?: { server_name: string; verdicts: { server: string; reason: string }[] } | null;
  /** What of a package is other here, and what there is to know of it. */
  notes?: string[];
  remarks?: string[];
}

interface Props {
  operation: Operation;
  onFits: (fits: boolean) => void;
}

/** Asks the pool, now, whether the VM can be made, and what would come of it. */
export function Rehearsal({ operation, onFits }: Props) {
  const { t } = useTranslation();
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["rehearsal", operation.path, operation.body],
    queryFn: () => rehearse<Planned>(operation),
    gcTime: 0, // what is said is true while it is looked at
    retry: false,
  });
  const fits = !isFetching && !error && data !== undefined;
  useEffect(() => onFits(fits), [fits, onFits]);
  if (isFetching)
    return (
      <Bullseye>
        <Spinner aria-label={t("common.loading")} />
      </Bullseye>
    );
  return (
    <>
      {error ? <ErrorNote error={error} /> : data && <Result plan={data} />}
      <Button variant="link" onClick={() => refetch()}>
        {t("preflight.again")}
      </Button>
    </>
  );
}

function Result({ plan }: { plan: Planned }) {
  const { t } = useTranslation();
  const { config } = plan.before;
  const chosen = plan.placement?.verdicts.find(
    ({ server }) => server === plan.placement?.server_name,
  );
  const disks = config.disks.map(({ target, size }) => `${target} ${bytes(size)}`);
  const said = [
    `${config.name} · ${t("common.vcpus")}: ${config.vcpus} · ${t("common.memory")}: ${mebibytes(config.memory)}`,
    disks.length > 0 && `${t("vms.disks")}: ${disks.join(", ")}`,
    chosen && `${t("create.startsOn", { server: chosen.server })}: ${chosen.reason}`,
    ...(plan.remarks ?? []),
    ...(plan.notes ?? []),
  ];
  return (
    <Alert isInline variant="success" title={t("create.fits")}>
      <List isPlain>
        {said
          .filter((one) => one !== false && one !== undefined)
          .map((one) => (
            <ListItem key={one}>{one}</ListItem>
          ))}
      </List>
    </Alert>
  );
}
