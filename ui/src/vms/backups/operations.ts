import { millpond, type Operation, type Vm } from "../../api/client";
import type { components } from "../../api/schema";

export type Backup = components["schemas"]["BackupView"];

/** Where one backup is found by the API. */
export function pathOf(vm: Vm, { id, vm: of }: Backup): string {
  return `/pools/${vm.pool.id}/backups/${of}/${id}`;
}

export function verified(vm: Vm, backup: Backup, where: string): Operation {
  return {
    method: "POST",
    path: `${pathOf(vm, backup)}/verify`,
    body: { repository: where },
    cli: millpond("backup", "verify", vm.pool.name, vm.name, backup.id, ["--in", where]),
  };
}

export function deleted(vm: Vm, backup: Backup, where: string): Operation {
  return {
    method: "DELETE",
    path: `${pathOf(vm, backup)}?repository=${encodeURIComponent(where)}`,
    cli: millpond("backup", "delete", vm.pool.name, vm.name, backup.id, ["--in", where]),
  };
}
