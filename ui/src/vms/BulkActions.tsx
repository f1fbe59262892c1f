import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { Ask } from "../parts/Ask";
import { fits, loses, operation, type Verb } from "./verbs";

const BULK = ["start", "stop", "kill"] as const satisfies Verb[];

/** What can be asked of several VMs at once: of those among them that it fits. */
export function BulkActions({ vms }: { vms: Vm[] }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<(typeof BULK)[number]>();
  const able = (verb: Verb) => vms.filter((vm) => fits(verb, vm));
  return (
    <Flex gap={{ default: "gapSm" }}>
      {BULK.map((verb) => (
        <Button
          key={verb}
          variant={verb === "kill" ? "danger" : "secondary"}
          isDisabled={able(verb).length === 0}
          onClick={() => setAsked(verb)}
        >
          {t(`verbs.${verb}`)}
        </Button>
      ))}
      {asked && (
        <Ask
          title={t("vms.bulk", { verb: t(`verbs.${asked}`), count: able(asked).length })}
          submit={t(`verbs.${asked}`)}
          danger={asked === "kill"}
          operations={able(asked).map((vm) => operation(asked, vm))}
          onClose={() => setAsked(undefined)}
        >
          {loses(asked) && <p>{t(`loss.${asked}`)}</p>}
          <p>
            {able(asked)
              .slice(0, 20)
              .map((vm) => vm.name)
              .join(", ")}
            {able(asked).length > 20 && " …"}
          </p>
        </Ask>
      )}
    </Flex>
  );
}
