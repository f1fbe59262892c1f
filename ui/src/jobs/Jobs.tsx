import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Job } from "../api/client";
import { duration, time } from "../i18n";
import { type Column, DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { JobButtons } from "./JobButtons";
import { JobProgress } from "./JobProgress";
import { JobState } from "./JobState";
import { Subject } from "./Subject";

const reason = (job: Job): string => {
  const { message, cause } = job.error ?? {};
  return String(message ?? cause ?? "");
};

/** A table of jobs, those of one object or all. */
export function Jobs({ jobs, tall }: { jobs: Job[]; tall?: boolean }) {
  const { t } = useTranslation();
  const columns: Column<Job>[] = [
    {
      key: "kind",
      title: t("jobs.kind"),
      by: (job) => job.kind,
      cell: (job) => <Link to={`/jobs/${job.id}`}>{job.kind}</Link>,
    },
    {
      key: "subject",
      title: t("jobs.subject"),
      by: (job) => job.subject_name,
      cell: (job) => <Subject subject={job.subject} name={job.subject_name} />,
    },
    {
      key: "state",
      title: t("common.state"),
      by: (job) => job.state,
      cell: (job) => <JobState state={job.state} />,
    },
    {
      key: "progress",
      title: t("jobs.progress"),
      cell: (job) => (job.error ? reason(job) : <JobProgress job={job} />),
    },
    { key: "user", title: t("jobs.user"), by: (job) => job.user, cell: (job) => job.user },
    {
      key: "started",
      title: t("jobs.started"),
      by: (job) => job.created,
      cell: (job) => time(job.started ?? job.created),
    },
    {
      key: "took",
      title: t("jobs.took"),
      by: took,
      cell: (job) => (job.ended ? duration(took(job)) : ""),
    },
    { key: "actions", title: t("common.actions"), cell: (job) => <JobButtons job={job} /> },
  ];
  if (jobs.length === 0) return <Empty title={t("jobs.empty")}>{t("jobs.emptyBody")}</Empty>;
  return (
    <DataTable
      label={t("jobs.title")}
      rows={jobs}
      id={(job) => job.id}
      columns={columns}
      {...(tall && { tall })}
    />
  );
}

const took = (job: Job): number => (job.ended && job.started ? job.ended - job.started : 0);
