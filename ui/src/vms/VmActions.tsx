import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Flex,
  MenuToggle,
} from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { useRun } from "../app/run";
import { Ask } from "../parts/Ask";
import { CommandsDialog } from "./CommandsDialog";
import { MigrateDialog } from "./MigrateDialog";
import { DANGEROUS, fits, loses, operation, VERBS, type Verb } from "./verbs";

const AT_HAND: Verb[] = ["start", "stop", "migrate"];

/** Everything a VM can be asked to do. What can lose something is asked about first. */
export function VmActions({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const run = useRun();
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<Verb | "commands">();
  const close = () => setAsked(undefined);
  const choose = (verb: Verb) => {
    setOpen(false);
    if (verb === "migrate" || loses(verb)) setAsked(verb);
    else run(operation(verb, vm));
  };

  return (
    <Flex gap={{ default: "gapSm" }}>
      {AT_HAND.map((verb) => (
        <Button
          key={verb}
          variant="secondary"
          isDisabled={!fits(verb, vm)}
          onClick={() => choose(verb)}
        >
          {t(`verbs.${verb}`)}
        </Button>
      ))}
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
          {VERBS.filter((verb) => !AT_HAND.includes(verb)).map((verb) => (
            <DropdownItem
              key={verb}
              isDisabled={!fits(verb, vm)}
              isDanger={DANGEROUS.includes(verb)}
              onClick={() => choose(verb)}
            >
              {t(`verbs.${verb}`)}
            </DropdownItem>
          ))}
        </DropdownList>
      </Dropdown>
      <Button variant="link" onClick={() => setAsked("commands")}>
        {t("common.commands")}
      </Button>
      {asked === "commands" && <CommandsDialog vm={vm} onClose={close} />}
      {asked === "migrate" && <MigrateDialog vm={vm} onClose={close} />}
      {asked && asked !== "commands" && loses(asked) && (
        <Ask
          title={`${t(`verbs.${asked}`)}: ${vm.name}`}
          submit={t(`verbs.${asked}`)}
          danger={DANGEROUS.includes(asked)}
          operations={[operation(asked, vm)]}
          onClose={close}
          {...(asked === "delete" && { typed: vm.name })}
        >
          <p>{t(`loss.${asked}`)}</p>
        </Ask>
      )}
    </Flex>
  );
}
