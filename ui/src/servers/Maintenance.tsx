import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Server } from "../api/client";
import { useRun } from "../app/run";
import { Ask } from "../parts/Ask";

/** Whether VMs are placed on a server. */
export function Maintenance({ server }: { server: Server }) {
  const { t } = useTranslation();
  const run = useRun();
  const [asking, setAsking] = useState(false);
  const operation = (path: string, verb: string): Operation => ({
    method: "POST",
    path: `/servers/${server.id}/${path}`,
    cli: millpond("server", verb, server.name),
  });
  if (!server.pool) return null;
  if (server.maintenance) {
    return (
      <Button
        variant="secondary"
        isDisabled={Boolean(server.busy)}
        onClick={() => run(operation("activate", "activate"))}
      >
        {t("servers.leave")}
      </Button>
    );
  }
  return (
    <>
      <Button variant="secondary" isDisabled={Boolean(server.busy)} onClick={() => setAsking(true)}>
        {t("servers.enter")}
      </Button>
      {asking && (
        <Ask
          title={`${t("servers.enter")}: ${server.name}`}
          submit={t("servers.enter")}
          onClose={() => setAsking(false)}
          operations={[operation("maintenance", "maintenance")]}
        >
          <p>{t("servers.enterLoss")}</p>
        </Ask>
      )}
    </>
  );
}
