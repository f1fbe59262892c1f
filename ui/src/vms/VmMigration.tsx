import { Button, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { useJobs } from "../api/queries";
import { Jobs } from "../jobs/Jobs";
import { Loaded } from "../parts/Loaded";
import { MigrateDialog } from "./MigrateDialog";
import { fits } from "./verbs";

export function VmMigration({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const jobs = useJobs({ subject: `vm:${vm.id}`, kind: "vm.migrate" });
  return (
    <>
      <p>
        {vm.power === "running" ? t("migrate.here", { server: vm.server?.name }) : t("migrate.off")}
      </p>
      <Button
        className="pf-v6-u-my-md"
        variant="secondary"
        isDisabled={!fits("migrate", vm)}
        onClick={() => setAsking(true)}
      >
        {t("verbs.migrate")}
      </Button>
      <Title headingLevel="h2" size="lg">
        {t("migrate.last")}
      </Title>
      <Loaded query={jobs}>
        {(moves) => (moves.length > 0 ? <Jobs jobs={moves} /> : <p>{t("migrate.never")}</p>)}
      </Loaded>
      {asking && <MigrateDialog vm={vm} onClose={() => setAsking(false)} />}
    </>
  );
}
