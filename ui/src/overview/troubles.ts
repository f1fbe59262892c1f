import type { TFunction } from "i18next";
import type { Job, Pool, Server, Vm } from "../api/client";
import type { components } from "../api/schema";
import type { Storage } from "../api/storage";

export interface Trouble {
  variant: "danger" | "warning";
  title: string;
  to: string;
}

const FULL = 0.9;

const danger = (title: string, to: string): Trouble => ({ variant: "danger", title, to });
const warning = (title: string, to: string): Trouble => ({ variant: "warning", title, to });

export const ofServers = (t: TFunction, servers: Server[]): Trouble[] =>
  servers
    .filter((server) => server.enrolled && !server.up)
    .map(({ id, name }) => danger(t("overview.serverDown", { name }), `/servers/${id}`));

export const ofVms = (t: TFunction, vms: Vm[]): Trouble[] =>
  vms
    .filter((vm) => vm.problem || vm.power === "unknown")
    .map(({ id, name, problem }) =>
      danger(
        t("overview.vmProblem", { name, problem: problem || t("power.unknown") }),
        `/vms/${id}`,
      ),
    );

export const ofAlarms = (t: TFunction, { id, name }: Pool, alarms: string[]): Trouble[] =>
  alarms.map((alarm) => warning(t("overview.alarm", { name, alarm }), `/pools/${id}`));

/** What servers cannot use, and what is all but full. */
export const ofRepositories = (
  t: TFunction,
  pool: Pool,
  repositories: Storage["repositories"],
): Trouble[] =>
  repositories.flatMap(({ name, problems, free, total }) => {
    const about = { name, pool: pool.name };
    const broken = Object.entries(problems).map(([server, why]) =>
      danger(t("overview.repository", { ...about, server, why }), "/repositories"),
    );
    const full = total > 0 && free < (1 - FULL) * total;
    return full ? [...broken, warning(t("overview.full", about), "/repositories")] : broken;
  });

export const ofArrays = (t: TFunction, arrays: components["schemas"]["ArrayView"][]): Trouble[] =>
  arrays.flatMap(({ id, name, health }) => {
    const silent = Object.entries(health.answers).filter(([, answers]) => !answers);
    return [
      ...silent.map(([address]) =>
        danger(t("overview.arraySilent", { name, address }), `/arrays/${id}`),
      ),
      ...health.faults.map((fault) =>
        warning(t("overview.arrayFault", { name, fault }), `/arrays/${id}`),
      ),
    ];
  });

export const ofJobs = (t: TFunction, jobs: Job[], what: "jobHeld" | "jobFailed"): Trouble[] =>
  jobs.map(({ id, kind, subject_name }) =>
    warning(t(`overview.${what}`, { kind, name: subject_name }), `/jobs/${id}`),
  );
