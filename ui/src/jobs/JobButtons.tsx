import { Button } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { type Job, millpond } from "../api/client";
import { useRun } from "../app/run";

/** What can be done about a job: cancel it while it goes on, resume it when it is held. */
export function JobButtons({ job }: { job: Job }) {
  const { t } = useTranslation();
  const run = useRun();
  const ask = (verb: "cancel" | "resume") =>
    run({ method: "POST", path: `/jobs/${job.id}/${verb}`, cli: millpond("job", verb, job.id) });
  const open = job.state === "queued" || job.state === "running" || job.state === "held";
  return (
    <>
      {job.state === "held" && (
        <Button variant="link" isInline onClick={() => ask("resume")}>
          {t("jobs.resume")}
        </Button>
      )}{" "}
      {open && (
        <Button
          variant="link"
          isInline
          isDanger
          isDisabled={job.cancel_requested}
          onClick={() => ask("cancel")}
        >
          {job.cancel_requested ? t("jobs.cancelling") : t("jobs.cancel")}
        </Button>
      )}
    </>
  );
}
