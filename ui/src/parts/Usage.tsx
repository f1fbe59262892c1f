import { Progress } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { bytes } from "../i18n";

interface Props {
  name: string;
  /** Bytes. */
  free: number;
  total: number;
}

/** How full something is. */
export function Usage({ name, free, total }: Props) {
  const { t } = useTranslation();
  if (total === 0) return null;
  return (
    <Progress
      size="sm"
      measureLocation="outside"
      aria-label={`${t("common.used")}: ${name}`}
      value={Math.round((100 * (total - free)) / total)}
      title={t("common.of", { used: bytes(total - free), total: bytes(total) })}
    />
  );
}
