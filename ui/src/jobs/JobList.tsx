import { useTranslation } from "react-i18next";
import { useJobs } from "../api/queries";
import { Filter } from "../parts/Filter";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { useFilters } from "../parts/useFilters";
import { Jobs } from "./Jobs";

const STATES = ["queued", "running", "held", "failed", "cancelled", "done"] as const;

export default function JobList() {
  const { t } = useTranslation();
  const [{ state }, set] = useFilters("state");
  const chosen = STATES.find((one) => one === state);
  const options = STATES.map((one) => ({ value: one as string, label: t(`jobs.state.${one}`) }));
  options.unshift({ value: "", label: t("vms.anyPower") });
  return (
    <>
      <Heading title={t("jobs.title")} />
      <Filter
        label={t("common.state")}
        value={state}
        options={options}
        onChange={(value) => set("state", value)}
      />
      <Loaded query={useJobs(chosen ? { state: chosen } : {})}>
        {(jobs) => <Jobs tall jobs={jobs} />}
      </Loaded>
    </>
  );
}
