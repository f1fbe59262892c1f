import { useTranslation } from "react-i18next";
import { millpond, type Server } from "../api/client";
import { Ask } from "../parts/Ask";
import type { ServerToken } from "./Enrolment";

interface Props {
  server: Server;
  onClose: () => void;
  onMade: (given: ServerToken) => void;
}

/** Another token for a server's agent, in place of those before. */
export function NewEnrolment({ server, onClose, onMade }: Props) {
  const { t } = useTranslation();
  return (
    <Ask
      title={`${t("enrolment.token")}: ${server.name}`}
      submit={t("enrolment.token")}
      onClose={onClose}
      operations={[
        {
          method: "POST",
          path: `/servers/${server.id}/token`,
          cli: millpond("server", "token", server.name),
          answered: (answer) => onMade(answer as ServerToken),
        },
      ]}
    >
      <p>{t("enrolment.tokenBody")}</p>
    </Ask>
  );
}
