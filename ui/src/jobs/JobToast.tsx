import { Alert, AlertActionCloseButton } from "@patternfly/react-core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useJob } from "../api/queries";
import { ErrorText } from "../parts/ErrorNote";
import { JobProgress } from "./JobProgress";

const VARIANTS = {
  queued: "info",
  running: "info",
  done: "success",
  failed: "danger",
  cancelled: "warning",
  held: "warning",
} as const;
const SHOWN = 6000; // ms, once it is done

/** A job that was just asked for, until it is done; one that fails stays until it is closed. */
export function JobToast({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const job = useJob(id).data;
  const done = job?.state === "done";
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(onClose, SHOWN);
    return () => window.clearTimeout(timer);
  }, [done, onClose]);
  if (!job) return null;
  return (
    <Alert
      variant={VARIANTS[job.state]}
      title={`${job.kind}: ${job.subject_name}`}
      actionClose={<AlertActionCloseButton onClose={onClose} />}
    >
      {job.error ? <ErrorText error={job.error} /> : <JobProgress job={job} />}
      <Link to={`/jobs/${job.id}`}>{t(`jobs.state.${job.state}`)}</Link>
    </Alert>
  );
}
