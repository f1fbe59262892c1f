import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Vm } from "../../api/client";
import { useIsos } from "../../api/vms";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { ErrorNote } from "../../parts/ErrorNote";
import { named } from "../../parts/written";

/** Another CD in the VM's drive, or the first. */
export function InsertCd({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const isos = useIsos(vm.pool.id);
  const [chosen, setChosen] = useState("");
  const iso = chosen || (isos.data?.[0]?.name ?? "");
  return (
    <Ask
      title={`${t("cd.insert")}: ${vm.name}`}
      submit={t("cd.insert")}
      onClose={onClose}
      ready={iso !== ""}
      operations={[
        {
          method: "PUT",
          path: `/vms/${vm.id}/cdrom`,
          body: { iso },
          cli: millpond("vm", "cdrom", "insert", vm.name, iso || "ISO"),
        },
      ]}
    >
      <p>{t("cd.insertBody")}</p>
      {isos.error && <ErrorNote error={isos.error} />}
      {isos.data?.length === 0 ? (
        <ErrorNote error={t("create.noIsos")} />
      ) : (
        <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
          <ChoiceField
            id="cd-iso"
            label={t("create.iso")}
            value={iso}
            onChange={setChosen}
            options={named(isos.data ?? [])}
          />
        </Form>
      )}
    </Ask>
  );
}
