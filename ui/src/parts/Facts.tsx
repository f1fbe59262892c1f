import {
  ClipboardCopy,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from "@patternfly/react-core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** Names and what they stand for. What is empty is left out. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <DescriptionList
      isHorizontal
      isCompact
      columnModifier={{ "2xl": "2Col" }}
      horizontalTermWidthModifier={{ default: "20ch" }}
    >
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <DescriptionListGroup key={name}>
            <DescriptionListTerm>{name}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}

export function CopyId({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <ClipboardCopy
      variant="inline-compact"
      isCode
      hoverTip={t("common.copy")}
      clickTip={t("common.copied")}
      copyAriaLabel={t("common.copy")}
    >
      {id}
    </ClipboardCopy>
  );
}
