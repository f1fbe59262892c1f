import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { useRun } from "../app/run";
import { Ask } from "../parts/Ask";
import { CommandsDialog } from "./CommandsDialog";
import { CloneDialog } from "./clone/CloneDialog";
import { TemplateDialog } from "./clone/TemplateDialog";
import { MigrateDialog } from "./MigrateDialog";
import { type Copy, VmMenu } from "./VmMenu";
import { DANGEROUS, fits, type Losing, loses, operation, VERBS, type Verb } from "./verbs";

const AT_HAND: Verb[] = ["start", "stop", "migrate"];
const OTHERS = VERBS.filter((verb) => !AT_HAND.includes(verb));

type Asked = Losing | "migrate" | Copy | "commands";

/** Everything a VM can be asked to do. What can lose something is asked about first. */
export function VmActions({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const run = useRun();
  const [asked, setAsked] = useState<Asked>();
  const choose = (what: Verb | Copy) => {
    if (what === "clone" || what === "template" || what === "migrate" || loses(what))
      setAsked(what);
    else run(operation(what, vm));
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
      <VmMenu vm={vm} verbs={OTHERS} choose={choose} />
      <Button variant="link" onClick={() => setAsked("commands")}>
        {t("common.commands")}
      </Button>
      {asked && <Dialog vm={vm} asked={asked} onClose={() => setAsked(undefined)} />}
    </Flex>
  );
}

function Dialog({ vm, asked, onClose }: { vm: Vm; asked: Asked; onClose: () => void }) {
  const { t } = useTranslation();
  switch (asked) {
    case "commands":
      return <CommandsDialog vm={vm} onClose={onClose} />;
    case "migrate":
      return <MigrateDialog vm={vm} onClose={onClose} />;
    case "clone":
      return <CloneDialog vm={vm} onClose={onClose} />;
    case "template":
      return <TemplateDialog vm={vm} onClose={onClose} />;
  }
  return (
    <Ask
      title={`${t(`verbs.${asked}`)}: ${vm.name}`}
      submit={t(`verbs.${asked}`)}
      danger={DANGEROUS.includes(asked)}
      operations={[operation(asked, vm)]}
      onClose={onClose}
      {...(asked === "delete" && { typed: vm.name })}
    >
      <p>{t(`loss.${asked}`)}</p>
    </Ask>
  );
}
