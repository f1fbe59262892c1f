import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { millpond, type Server } from "../api/client";
import { Ask } from "../parts/Ask";

/** The manager no longer knows a server. */
export function Forget({ server, onClose }: { server: Server; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Ask
      danger
      title={`${t("enrolment.forget")}: ${server.name}`}
      submit={t("enrolment.forget")}
      typed={server.name}
      onClose={onClose}
      onDone={() => navigate("/servers")}
      operations={[
        {
          method: "DELETE",
          path: `/servers/${server.id}`,
          cli: millpond("server", "remove", server.name),
        },
      ]}
    >
      <p>{t("enrolment.forgetLoss")}</p>
    </Ask>
  );
}
