import { Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Server } from "../api/client";
import { Menu } from "../parts/Menu";
import { Enrolment, type ServerToken } from "./Enrolment";
import { Forget } from "./Forget";
import { Maintenance } from "./Maintenance";
import { NewEnrolment } from "./NewEnrolment";
import { Reboot } from "./Reboot";
import { ShutDown } from "./ShutDown";

/** What a server can be asked to do; only a pool has where its VMs could go meanwhile. */
export function ServerActions({ server }: { server: Server }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<"token" | "reboot" | "shutdown" | "forget">();
  const [given, setGiven] = useState<ServerToken>();
  const close = () => setAsked(undefined);
  const busy = Boolean(server.busy);
  const stuck = busy || !server.pool;
  return (
    <Flex gap={{ default: "gapSm" }}>
      <Maintenance server={server} />
      <Menu
        choose={setAsked}
        entries={[
          { key: "reboot", title: t("enrolment.reboot"), disabled: stuck, danger: true },
          { key: "shutdown", title: t("enrolment.shutdown"), disabled: stuck, danger: true },
          { key: "token", title: t("enrolment.token"), disabled: busy },
          {
            key: "forget",
            title: t("enrolment.forget"),
            disabled: busy || Boolean(server.pool),
            danger: true,
          },
        ]}
      />
      {asked === "token" && <NewEnrolment server={server} onClose={close} onMade={setGiven} />}
      {asked === "reboot" && <Reboot server={server} onClose={close} />}
      {asked === "shutdown" && <ShutDown server={server} onClose={close} />}
      {asked === "forget" && <Forget server={server} onClose={close} />}
      {given && <Enrolment given={given} onClose={() => setGiven(undefined)} />}
    </Flex>
  );
}
