import { Label, Spinner } from "@patternfly/react-core";
import {
  ExclamationCircleIcon,
  MoonIcon,
  PauseCircleIcon,
  PlayCircleIcon,
  PowerOffIcon,
  QuestionCircleIcon,
} from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Vm } from "../api/client";

const LOOKS = {
  running: { status: "success", icon: <PlayCircleIcon /> },
  paused: { status: "warning", icon: <PauseCircleIcon /> },
  suspended: { status: "info", icon: <MoonIcon /> },
  stopped: { icon: <PowerOffIcon /> },
  unknown: { status: "danger", icon: <QuestionCircleIcon /> },
} as const;

/** What the VM does, as its server last said; and the job that is changing it, if there is one. */
export function PowerLabel({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  return (
    <>
      <Label isCompact {...LOOKS[vm.power]}>
        {t(`power.${vm.power}`)}
      </Label>{" "}
      {vm.busy && (
        <Link to={`/jobs/${vm.busy.job}`}>
          <Label isCompact color="blue" icon={<Spinner size="sm" aria-hidden />}>
            {vm.busy.kind}
          </Label>
        </Link>
      )}
      {vm.problem && (
        <Label isCompact status="danger" icon={<ExclamationCircleIcon />}>
          {vm.problem}
        </Label>
      )}
    </>
  );
}
