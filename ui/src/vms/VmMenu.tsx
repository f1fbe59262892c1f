import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { Menu } from "../parts/Menu";
import { DANGEROUS, fits, type Verb } from "./verbs";

/** What is made of a VM, and in which states. */
const COPIES = {
  clone: ["stopped", "running", "paused"],
  template: ["stopped"],
} satisfies Record<string, Vm["power"][]>;
export type Copy = keyof typeof COPIES;

const copies = (vm: Vm, copy: Copy): boolean =>
  !vm.busy && !vm.problem && (COPIES[copy] as Vm["power"][]).includes(vm.power);

interface Props {
  vm: Vm;
  verbs: Verb[];
  choose: (what: Verb | Copy) => void;
}

/** The actions that have no button of their own. */
export function VmMenu({ vm, verbs, choose }: Props) {
  const { t } = useTranslation();
  return (
    <Menu<Verb | Copy>
      choose={choose}
      entries={[
        ...verbs.map((verb) => ({
          key: verb,
          title: t(`verbs.${verb}`),
          disabled: !fits(verb, vm),
          danger: DANGEROUS.includes(verb),
        })),
        ...(Object.keys(COPIES) as Copy[]).map((copy) => ({
          key: copy,
          title: t(`clone.${copy}`),
          disabled: !copies(vm, copy),
        })),
      ]}
    />
  );
}
