import { millpond, type Operation, type Vm } from "../../api/client";
import type { components } from "../../api/schema";

export type Backup = components["schemas"]["BackupView"];

/** Where one backup is found by the API, and what the command line calls it. */
export function oneBackup(vm: Vm, { id, vm: of }: Backup, verb: "restore" | "verify" | "delete") {
  const path = `/pools/${vm.pool.id}/backups/${of}/${id}`;
  return {
    path: verb === "delete" ? path : `${path}/${verb}`,
    words: ["backup", verb, vm.pool.name, vm.name, id],
  };
}

export function verified(vm: Vm, backup: Backup, where: string): Operation {
  const { path, words } = oneBackup(vm, backup, "verify");
  return {
    method: "POST",
    path,
    body: { repository: where },
    cli: millpond(...words, ["--in", where]),
  };
}

export function deleted(vm: Vm, backup: Backup, where: string): Operation {
  const { path, words } = oneBackup(vm, backup, "delete");
  return {
    method: "DELETE",
    path: `${path}?repository=${encodeURIComponent(where)}`,
    cli: millpond(...words, ["--in", where]),
  };
}
