import type { Vm } from "../../api/client";

export const TARGET = /^(vd|xvd|sd|hd)[a-z]$/;

/** The first name that no disk of the VM has; xvdb and vdb are the same disk. */
export function freeTarget(vm: Vm): string {
  const taken = new Set(vm.config.disks.map((disk) => disk.target.replace(/^x/, "")));
  const letters = "abcdefghijklmnopqrstuvwxyz";
  return `vd${[...letters].find((letter) => !taken.has(`vd${letter}`)) ?? ""}`;
}
