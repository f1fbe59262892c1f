import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { EditResources } from "./EditResources";
import { EditSettings } from "./EditSettings";

/** The ways to change what the overview shows. */
export function EditButtons({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<"resources" | "settings">();
  const close = () => setAsked(undefined);
  return (
    <>
      <Flex gap={{ default: "gapSm" }} className="pf-v6-u-mt-md">
        {(["resources", "settings"] as const).map((what) => (
          <Button
            key={what}
            variant="secondary"
            isDisabled={Boolean(vm.busy)}
            onClick={() => setAsked(what)}
          >
            {t(`edit.${what}`)}
          </Button>
        ))}
      </Flex>
      {asked === "resources" && <EditResources vm={vm} onClose={close} />}
      {asked === "settings" && <EditSettings vm={vm} onClose={close} />}
    </>
  );
}
