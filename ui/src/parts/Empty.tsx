import { EmptyState, EmptyStateBody, EmptyStateFooter } from "@patternfly/react-core";
import { SearchIcon } from "@patternfly/react-icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Nothing is there, and what to do next. */
export function Empty({ title, children, action }: Props) {
  return (
    <EmptyState titleText={title} headingLevel="h2" variant="sm">
      {children && <EmptyStateBody>{children}</EmptyStateBody>}
      {action && <EmptyStateFooter>{action}</EmptyStateFooter>}
    </EmptyState>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState titleText={t("common.notFound")} headingLevel="h1" icon={SearchIcon}>
      <EmptyStateBody>{t("common.notFoundBody")}</EmptyStateBody>
    </EmptyState>
  );
}
