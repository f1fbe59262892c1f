import { millpond, type Operation, type Vm } from "../api/client";

/** What a VM can be asked to do, and in which state it can be asked. */
export const VERBS = [
  "start",
  "stop",
  "reboot",
  "migrate",
  "pause",
  "unpause",
  "suspend",
  "resume",
  "kill",
  "reset",
  "delete",
] as const;
export type Verb = (typeof VERBS)[number];

const FITS: Record<Verb, Vm["power"][]> = {
  start: ["stopped"],
  stop: ["running"],
  reboot: ["running"],
  migrate: ["running"],
  pause: ["running"],
  unpause: ["paused"],
  suspend: ["running"],
  resume: ["suspended"],
  kill: ["running", "paused", "unknown"],
  reset: ["running"],
  delete: ["stopped", "suspended"],
};

/** These are asked about before they are done. */
export const LOSING = ["stop", "reboot", "suspend", "kill", "reset", "delete"] as const;
export type Losing = (typeof LOSING)[number];
export const loses = (verb: Verb): verb is Losing => LOSING.some((losing) => losing === verb);

/** These guests do not come back from by themselves. */
export const DANGEROUS: readonly Verb[] = ["kill", "reset", "delete"];

export const fits = (verb: Verb, vm: Vm): boolean =>
  !vm.busy && !vm.problem && FITS[verb].includes(vm.power);

export function operation(verb: Verb, vm: { id: string; name: string }): Operation {
  const path = `/vms/${vm.id}`;
  return verb === "delete"
    ? { method: "DELETE", path, cli: millpond("vm", "delete", vm.name) }
    : { method: "POST", path: `${path}/${verb}`, cli: millpond("vm", verb, vm.name) };
}

export const migration = (vm: Vm, to: string): Operation => ({
  ...operation("migrate", vm),
  ...(to && { body: { to } }),
  cli: millpond("vm", "migrate", vm.name, to !== "" && ["--to", to]),
});
