import { Alert, Content } from "@patternfly/react-core";
import i18next from "i18next";
import { useTranslation } from "react-i18next";

/** What errors of the API and of jobs have in common. */
interface Told {
  code?: unknown;
  subject?: unknown;
  message?: unknown;
  cause?: unknown;
  fix?: unknown;
  step?: unknown;
}

const told = (error: unknown): Told => (typeof error === "object" && error ? error : {});

export function titleOf(error: unknown): string {
  const { subject } = told(error);
  return subject ? `${i18next.t("common.refused")}: ${subject}` : i18next.t("common.failed");
}

/** What is wrong, and what to do about it. */
export function ErrorText({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const { message, cause, fix, code, step } = told(error);
  return (
    <Content>
      <p>{String(message || cause || error)}</p>
      {Boolean(fix) && (
        <p>
          <strong>{t("common.fix")}:</strong> {String(fix)}
        </p>
      )}
      {Boolean(code || step) && <small>{[code, step].filter(Boolean).join(" · ")}</small>}
    </Content>
  );
}

export function ErrorNote({ error }: { error: unknown }) {
  return (
    <Alert isInline variant="danger" title={titleOf(error)}>
      <ErrorText error={error} />
    </Alert>
  );
}
