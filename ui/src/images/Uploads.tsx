import { Alert, Button, Flex, Progress } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Pool } from "../api/client";
import { useRun } from "../app/run";
import { bytes } from "../i18n";
import { ErrorText } from "../parts/ErrorNote";
import { again, giveUp, useUploads } from "./uploads";

/** The files that this browser sends to a pool. */
export function Uploads({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const run = useRun();
  return useUploads()
    .filter((one) => one.pool.id === pool.id)
    .map((one) => {
      const title = t("templates.uploading", { name: one.file.name });
      return (
        <Alert
          key={one.key}
          isInline
          className="pf-v6-u-mb-sm"
          variant={one.error ? "danger" : "info"}
          title={title}
          actionLinks={
            <Flex gap={{ default: "gapSm" }}>
              {Boolean(one.error) && (
                <Button variant="link" isInline onClick={() => again(one, run)}>
                  {t("common.retry")}
                </Button>
              )}
              <Button variant="link" isInline isDanger onClick={() => giveUp(one)}>
                {t("templates.giveUp")}
              </Button>
            </Flex>
          }
        >
          {one.error ? (
            <ErrorText error={one.error} />
          ) : (
            <Progress
              size="sm"
              measureLocation="outside"
              aria-label={title}
              value={Math.floor((100 * one.sent) / Math.max(one.file.size, 1))}
              title={t("common.of", { used: bytes(one.sent), total: bytes(one.file.size) })}
            />
          )}
        </Alert>
      );
    });
}
