import { Progress } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Job } from "../api/client";
import { bytes, duration } from "../i18n";

/** How far a running job has come, as far as it knows. */
export function JobProgress({ job }: { job: Job }) {
  const { t } = useTranslation();
  const { percent, rate, seconds_left, message } = job.progress;
  if (job.state !== "running") return null;
  if (percent === null || percent === undefined) return <small>{message || job.step}</small>;
  const said = [
    message || job.step,
    rate ? `${bytes(rate)}/s` : "",
    seconds_left ? t("jobs.left", { time: duration(Math.round(seconds_left)) }) : "",
  ];
  return (
    <Progress
      size="sm"
      value={percent}
      aria-label={t("jobs.progress")}
      title={said.filter(Boolean).join(" · ")}
    />
  );
}
