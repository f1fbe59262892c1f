import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Job, millpond, type Operation } from "../api/client";
import { Ask } from "../parts/Ask";

const operation = (verb: "cancel" | "resume", { id }: Job): Operation => ({
  method: "POST",
  path: `/jobs/${id}/${verb}`,
  cli: millpond("job", verb, id),
});

/** What can be done about a job: cancel it while it goes on, resume it when it is held. */
export function JobButtons({ job }: { job: Job }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<"cancel" | "resume">();
  const open = job.state === "queued" || job.state === "running" || job.state === "held";
  return (
    <>
      {job.state === "held" && (
        <Button variant="link" isInline onClick={() => setAsked("resume")}>
          {t("jobs.resume")}
        </Button>
      )}{" "}
      {open && (
        <Button
          variant="link"
          isInline
          isDanger
          isDisabled={job.cancel_requested}
          onClick={() => setAsked("cancel")}
        >
          {job.cancel_requested ? t("jobs.cancelling") : t("jobs.cancel")}
        </Button>
      )}
      {asked && (
        <Ask
          danger={asked === "cancel"}
          title={`${t(`jobs.${asked}`)}: ${job.kind} ${job.subject_name}`}
          submit={t(`jobs.${asked}`)}
          onClose={() => setAsked(undefined)}
          operations={[operation(asked, job)]}
        >
          <p>{t(`jobs.${asked}Body`)}</p>
        </Ask>
      )}
    </>
  );
}
