import { Label, Spinner } from "@patternfly/react-core";
import {
  BanIcon,
  CheckCircleIcon,
  ClockIcon,
  ExclamationCircleIcon,
  PauseCircleIcon,
} from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";
import type { Job } from "../api/client";

const LOOKS = {
  queued: { icon: <ClockIcon /> },
  running: { color: "blue", icon: <Spinner size="sm" aria-hidden /> },
  done: { status: "success", icon: <CheckCircleIcon /> },
  failed: { status: "danger", icon: <ExclamationCircleIcon /> },
  cancelled: { icon: <BanIcon /> },
  held: { status: "warning", icon: <PauseCircleIcon /> },
} as const;

export function JobState({ state }: { state: Job["state"] }) {
  const { t } = useTranslation();
  return (
    <Label isCompact {...LOOKS[state]}>
      {t(`jobs.state.${state}`)}
    </Label>
  );
}
