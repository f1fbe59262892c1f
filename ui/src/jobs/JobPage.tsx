import { ProgressStep, ProgressStepper, Title } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { Job } from "../api/client";
import { useJob } from "../api/queries";
import { duration, time } from "../i18n";
import { ErrorNote } from "../parts/ErrorNote";
import { CopyId, Facts } from "../parts/Facts";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { JobButtons } from "./JobButtons";
import { JobProgress } from "./JobProgress";
import { JobState } from "./JobState";
import { Subject } from "./Subject";

export default function JobPage() {
  const { id = "" } = useParams();
  return <Loaded query={useJob(id)}>{(job) => <Page job={job} />}</Loaded>;
}

const LOOKS = {
  waiting: "pending",
  running: "info",
  done: "success",
  failed: "danger",
  undone: "warning",
} as const;

function Page({ job }: { job: Job }) {
  const { t } = useTranslation();
  return (
    <>
      <Heading
        title={`${job.kind}: ${job.subject_name}`}
        note={<JobState state={job.state} />}
        actions={<JobButtons job={job} />}
      />
      {job.error && <ErrorNote error={job.error} />}
      <JobProgress job={job} />
      <Title headingLevel="h2" size="lg" className="pf-v6-u-my-md">
        {t("jobs.steps")}
      </Title>
      <ProgressStepper isVertical aria-label={t("jobs.steps")}>
        {job.steps.map((step) => (
          <ProgressStep
            key={step.n}
            id={`step-${step.n}`}
            titleId={`step-${step.n}-title`}
            variant={LOOKS[step.state]}
            isCurrent={step.state === "running"}
            aria-label={`${step.name}: ${t(`jobs.stepState.${step.state}`)}`}
            description={t(`jobs.stepState.${step.state}`)}
          >
            {step.name}
          </ProgressStep>
        ))}
      </ProgressStepper>
      <Title headingLevel="h2" size="lg" className="pf-v6-u-my-md">
        {t("common.details")}
      </Title>
      <Facts
        of={[
          [
            t("jobs.subject"),
            <Subject key="subject" subject={job.subject} name={job.subject_name} />,
          ],
          [t("jobs.user"), job.user],
          [t("jobs.started"), job.started && time(job.started)],
          [t("jobs.took"), job.ended && job.started && duration(job.ended - job.started)],
          [
            t("jobs.result"),
            Object.keys(job.result).length > 0 && <Json key="result" of={job.result} />,
          ],
          [t("jobs.request"), <Json key="request" of={job.spec} />],
          [t("common.id"), <CopyId key="id" id={job.id} />],
        ]}
      />
    </>
  );
}

const Json = ({ of }: { of: unknown }) => (
  <pre className="mp-pre">{JSON.stringify(of, null, 1)}</pre>
);
