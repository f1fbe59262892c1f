import { Bullseye, Button, Spinner } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { ErrorNote } from "../../parts/ErrorNote";
import { Differences } from "./Differences";
import { body, type Plan } from "./plan";

/** Asks the servers, now, whether they would make that pool. */
export function Preflight({ plan, onFits }: { plan: Plan; onFits: (fits: boolean) => void }) {
  const { t } = useTranslation();
  const asked = body(plan) as components["schemas"]["PoolCreateRequest"]; // the rest has defaults
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["preflight", asked],
    queryFn: async () => (await api.POST("/api/v1/pools/preflight", { body: asked })).data,
    gcTime: 0, // what they say is true while it is looked at
  });
  const fits = !isFetching && !error && data?.fits === true;
  useEffect(() => onFits(fits), [fits, onFits]);
  if (isFetching)
    return (
      <Bullseye>
        <Spinner aria-label={t("common.loading")} />
      </Bullseye>
    );
  return (
    <>
      {error ? <ErrorNote error={error} /> : data && <Differences report={data} />}
      <Button variant="link" onClick={() => refetch()}>
        {t("preflight.again")}
      </Button>
    </>
  );
}
