import { Bullseye, Spinner } from "@patternfly/react-core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { NotFound } from "./Empty";
import { ErrorNote } from "./ErrorNote";

interface Props<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}

/** What a query has found; until then that it is being looked for, or why it was not found. */
export function Loaded<T>({ query, children }: Props<T>) {
  const { t } = useTranslation();
  const { data, error } = query;
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  if (data !== undefined) return <>{children(data)}</>;
  if (error) return <ErrorNote error={error} />;
  return (
    <Bullseye>
      <Spinner aria-label={t("common.loading")} />
    </Bullseye>
  );
}
