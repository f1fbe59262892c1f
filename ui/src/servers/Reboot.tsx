import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Server } from "../api/client";
import { Ask } from "../parts/Ask";

/** A server starts anew, without VMs on it. */
export function Reboot({ server, onClose }: { server: Server; onClose: () => void }) {
  const { t } = useTranslation();
  const [activate, setActivate] = useState(true);
  const [force, setForce] = useState(false);
  return (
    <Ask
      danger
      title={`${t("enrolment.reboot")}: ${server.name}`}
      submit={t("enrolment.reboot")}
      typed={server.name}
      onClose={onClose}
      operations={[
        {
          method: "POST",
          path: `/servers/${server.id}/reboot`,
          body: { activate, force },
          cli: millpond(
            "server",
            "reboot",
            server.name,
            activate && "--return",
            force && "--force",
          ),
        },
      ]}
    >
      <p>{t("enrolment.rebootLoss")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <Checkbox
          id="reboot-activate"
          label={t("enrolment.activate")}
          isChecked={activate}
          onChange={(_, on) => setActivate(on)}
        />
        <Checkbox
          id="reboot-force"
          label={t("enrolment.force")}
          isChecked={force}
          onChange={(_, on) => setForce(on)}
        />
      </Form>
    </Ask>
  );
}
