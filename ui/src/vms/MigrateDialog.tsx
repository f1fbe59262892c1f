import { Form, FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { useServers } from "../api/queries";
import { mebibytes } from "../i18n";
import { Ask } from "../parts/Ask";
import { Choice } from "../parts/Choice";
import { migration } from "./verbs";

export function MigrateDialog({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [to, setTo] = useState("");
  const targets = (useServers().data ?? []).filter(
    (s) => s.pool?.id === vm.pool.id && s.id !== vm.server?.id && s.up && !s.maintenance,
  );
  const options = targets.map((s) => ({
    value: s.name,
    label: `${s.name} · ${t("common.free")}: ${s.memory_free === null ? "?" : mebibytes(s.memory_free)}`,
  }));
  options.unshift({ value: "", label: t("migrate.auto") });
  return (
    <Ask
      title={t("migrate.title", { name: vm.name })}
      submit={t("migrate.submit")}
      operations={[migration(vm, to)]}
      onClose={onClose}
    >
      <p>{t("migrate.body")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <FormGroup label={t("migrate.target")} fieldId="target">
          <Choice
            id="target"
            label={t("migrate.target")}
            value={to}
            onChange={setTo}
            options={options}
          />
        </FormGroup>
      </Form>
    </Ask>
  );
}
