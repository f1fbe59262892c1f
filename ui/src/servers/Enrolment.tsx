import { useTranslation } from "react-i18next";
import type { components } from "../api/schema";
import { Once } from "../parts/Once";

export type ServerToken = components["schemas"]["ServerToken"];

/** What is typed on a server so that its agent belongs to this manager; shown once. */
export function Enrolment({ given, onClose }: { given: ServerToken; onClose: () => void }) {
  const { t } = useTranslation();
  const server = given.server.name;
  return (
    <Once
      title={t("enrolment.command", { server })}
      note={t("enrolment.once", { server })}
      label={t("enrolment.command", { server })}
      // From the standard input: arguments can be read by every process of the server.
      text={`millpond-agent enrol - <<< ${given.token}`}
      onClose={onClose}
    />
  );
}
