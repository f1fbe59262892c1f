import { Alert, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import type { components } from "../../api/schema";

type Report = components["schemas"]["Report"];

/** What the preflight found: every difference between the servers, with its fix. */
export function Differences({ report }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <Alert
        isInline
        variant={report.fits ? "success" : "danger"}
        title={t(report.fits ? "preflight.fits" : "preflight.doesNot")}
      />
      {report.differences.length > 0 && (
        <Table aria-label={t("preflight.title")} variant="compact">
          <Thead>
            <Tr>
              <Th modifier="fitContent">{t("common.server")}</Th>
              <Th>{t("preflight.subject")}</Th>
              <Th>{t("preflight.expected")}</Th>
              <Th>{t("preflight.found")}</Th>
              <Th>{t("common.fix")}</Th>
            </Tr>
          </Thead>
          <Tbody>
            {report.differences.map((one) => (
              <Tr key={`${one.server} ${one.subject} ${one.found}`}>
                <Td dataLabel={t("common.server")}>{one.server}</Td>
                <Td dataLabel={t("preflight.subject")}>
                  {one.subject}{" "}
                  <Label isCompact status={one.blocking ? "danger" : "warning"}>
                    {t(one.blocking ? "preflight.blocks" : "preflight.warns")}
                  </Label>
                </Td>
                <Td dataLabel={t("preflight.expected")}>{one.expected}</Td>
                <Td dataLabel={t("preflight.found")}>{one.found}</Td>
                <Td dataLabel={t("common.fix")}>{one.fix}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </div>
  );
}
