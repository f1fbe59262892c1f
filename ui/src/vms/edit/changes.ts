import { millpond, type Operation, type Vm } from "../../api/client";

/** What of a VM can be changed here. */
export type Changes = Partial<Omit<Vm["config"], "id" | "name" | "disks" | "vifs">>;

/** A list takes the place of the old one; on the command line an empty word stands for none. */
const listed = (list: string[] | undefined): string[] => (list?.length === 0 ? [""] : (list ?? []));

/** `force`: even if too little room is left to restart VMs elsewhere. */
export function edited(vm: Vm, changes: Changes, force = false): Operation {
  return {
    method: "PATCH",
    path: `/vms/${vm.id}${force ? "?force=true" : ""}`,
    body: changes,
    cli: millpond(
      "vm",
      "edit",
      vm.name,
      changes.memory !== undefined && ["--memory", `${changes.memory}M`],
      changes.max_memory !== undefined && ["--max-memory", `${changes.max_memory}M`],
      changes.vcpus !== undefined && ["--vcpus", `${changes.vcpus}`],
      changes.max_vcpus !== undefined && ["--max-vcpus", `${changes.max_vcpus}`],
      changes.cpu_weight !== undefined && ["--cpu-weight", `${changes.cpu_weight}`],
      changes.cpu_cap !== undefined && ["--cpu-cap", `${changes.cpu_cap}`],
      changes.io_weight !== undefined && ["--io-weight", `${changes.io_weight}`],
      ...listed(changes.boot).map((device) => ["--boot", device]),
      changes.keyboard !== undefined && ["--keyboard", changes.keyboard],
      changes.description !== undefined && ["--description", changes.description],
      ...listed(changes.tags).map((tag) => ["--tag", tag]),
      ...listed(changes.preferred_servers).map((server) => ["--prefer", server]),
      changes.ha === true && "--ha",
      changes.ha === false && "--no-ha",
      changes.restart_priority !== undefined && [
        "--restart-priority",
        `${changes.restart_priority}`,
      ],
      force && "--force",
    ),
  };
}
