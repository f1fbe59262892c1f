import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
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
  const [open, setOpen] = useState(false);
  const chosen = (what: Verb | Copy) => () => {
    setOpen(false);
    choose(what);
  };
  return (
    <Dropdown
      isOpen={open}
      onOpenChange={setOpen}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={open} onClick={() => setOpen(!open)}>
          {t("common.actions")}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {verbs.map((verb) => (
          <DropdownItem
            key={verb}
            isDisabled={!fits(verb, vm)}
            isDanger={DANGEROUS.includes(verb)}
            onClick={chosen(verb)}
          >
            {t(`verbs.${verb}`)}
          </DropdownItem>
        ))}
        <Divider component="li" />
        {(Object.keys(COPIES) as Copy[]).map((copy) => (
          <DropdownItem key={copy} isDisabled={!copies(vm, copy)} onClick={chosen(copy)}>
            {t(`clone.${copy}`)}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
