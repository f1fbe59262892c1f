import { Label } from "@patternfly/react-core";
import { CheckCircleIcon, ExclamationCircleIcon, WrenchIcon } from "@patternfly/react-icons";
import { useTranslation } from "react-i18next";
import type { Server } from "../api/client";

export function ServerState({ server }: { server: Pick<Server, "up" | "maintenance"> }) {
  const { t } = useTranslation();
  return (
    <>
      {server.up ? (
        <Label isCompact status="success" icon={<CheckCircleIcon />}>
          {t("servers.up")}
        </Label>
      ) : (
        <Label isCompact status="danger" icon={<ExclamationCircleIcon />}>
          {t("servers.down")}
        </Label>
      )}{" "}
      {server.maintenance && (
        <Label isCompact color="orange" icon={<WrenchIcon />}>
          {t("servers.maintenance")}
        </Label>
      )}
    </>
  );
}
