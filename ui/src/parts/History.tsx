import { Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useEvents, useJobs } from "../api/queries";
import { Events } from "../events/Events";
import { Jobs } from "../jobs/Jobs";
import { Loaded } from "./Loaded";

/** The jobs and the events of one object. */
export function History({ subject }: { subject: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("jobs.title")}
      </Title>
      <Loaded query={useJobs({ subject })}>{(jobs) => <Jobs jobs={jobs} />}</Loaded>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-mt-lg">
        {t("events.title")}
      </Title>
      <Loaded query={useEvents(subject)}>{(events) => <Events events={events} />}</Loaded>
    </>
  );
}
