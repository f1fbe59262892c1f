import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Server } from "../api/client";
import { Ask } from "../parts/Ask";

/** A server is switched off, without VMs on it. */
export function ShutDown({ server, onClose }: { server: Server; onClose: () => void }) {
  const { t } = useTranslation();
  const [force, setForce] = useState(false);
  return (
    <Ask
      danger
      title={`${t("enrolment.shutdown")}: ${server.name}`}
      submit={t("enrolment.shutdown")}
      typed={server.name}
      onClose={onClose}
      operations={[
        {
          method: "POST",
          path: `/servers/${server.id}/shutdown`,
          body: { force },
          cli: millpond("server", "shutdown", server.name, force && "--force"),
        },
      ]}
    >
      <p>{t("enrolment.shutdownLoss")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <Checkbox
          id="shutdown-force"
          label={t("enrolment.force")}
          isChecked={force}
          onChange={(_, on) => setForce(on)}
        />
      </Form>
    </Ask>
  );
}
