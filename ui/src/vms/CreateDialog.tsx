import { Checkbox, Form, FormGroup, NumberInput, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Pool } from "../api/client";
import { usePools, useTemplates } from "../api/queries";
import { Ask } from "../parts/Ask";
import { Choice } from "../parts/Choice";
import { ErrorNote } from "../parts/ErrorNote";

/** A new VM of a template: in the pool chosen, the first if there is but one. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const pools = usePools();
  const [chosen, setChosen] = useState<string>();
  const pool = pools.data?.find((p) => p.name === chosen) ?? pools.data?.[0];
  if (!pool) return null;
  return (
    <CreateIn
      key={pool.id}
      pool={pool}
      pools={pools.data ?? []}
      setPool={setChosen}
      onClose={onClose}
    />
  );
}

interface Props {
  pool: Pool;
  pools: Pool[];
  setPool: (name: string) => void;
  onClose: () => void;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

function CreateIn({ pool, pools, setPool, onClose }: Props) {
  const { t } = useTranslation();
  const templates = useTemplates(pool.id);
  const [name, setName] = useState("");
  const [picked, setTemplate] = useState("");
  const [bridge, setBridge] = useState(pool.bridges[0]?.name ?? "");
  const [memory, setMemory] = useState<number>();
  const [ha, setHa] = useState(false);
  const [start, setStart] = useState(true);
  const template = templates.data?.find((one) => one.name === picked) ?? templates.data?.[0];
  const mib = memory ?? template?.memory ?? 0;

  const operation: Operation = {
    method: "POST",
    path: "/vms",
    body: {
      pool: pool.name,
      name,
      template: template?.name ?? "",
      memory: mib,
      ha,
      start,
      vifs: bridge ? [{ bridge }] : [],
    },
    cli: millpond(
      "vm",
      "create",
      name || "NAME",
      ["--pool", pool.name],
      ["--template", template?.name ?? "TEMPLATE"],
      ["--memory", `${mib}M`],
      bridge !== "" && ["--nic", bridge],
      ha && "--ha",
      start && "--start",
    ),
  };
  const names = (list: { name: string }[]) =>
    list.map((one) => ({ value: one.name, label: one.name }));

  return (
    <Ask
      title={t("create.title")}
      submit={t("common.create")}
      operations={[operation]}
      onClose={onClose}
      ready={NAME.test(name) && template !== undefined}
    >
      {templates.error && <ErrorNote error={templates.error} />}
      {templates.data?.length === 0 && <ErrorNote error={t("create.empty")} />}
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <FormGroup label={t("common.name")} fieldId="vm-name" isRequired>
          <TextInput
            id="vm-name"
            autoFocus
            value={name}
            onChange={(_, value) => setName(value)}
            validated={name && !NAME.test(name) ? "error" : "default"}
          />
        </FormGroup>
        <FormGroup label={t("common.pool")} fieldId="vm-pool">
          <Choice
            id="vm-pool"
            label={t("common.pool")}
            value={pool.name}
            onChange={setPool}
            options={names(pools)}
          />
        </FormGroup>
        <FormGroup label={t("create.template")} fieldId="vm-template">
          <Choice
            id="vm-template"
            label={t("create.template")}
            value={template?.name ?? ""}
            onChange={setTemplate}
            options={names(templates.data ?? [])}
          />
        </FormGroup>
        <FormGroup label={`${t("common.memory")} (MiB)`} fieldId="vm-memory">
          <NumberInput
            id="vm-memory"
            inputAriaLabel={t("common.memory")}
            value={mib}
            min={32}
            onMinus={() => setMemory(mib - 64)}
            onPlus={() => setMemory(mib + 64)}
            onChange={(event) => setMemory(Number(event.currentTarget.value))}
          />
        </FormGroup>
        <FormGroup label={t("create.network")} fieldId="vm-bridge">
          <Choice
            id="vm-bridge"
            label={t("create.network")}
            value={bridge}
            onChange={setBridge}
            options={[{ value: "", label: t("common.none") }, ...names(pool.bridges)]}
          />
        </FormGroup>
        <Checkbox
          id="vm-ha"
          label={t("create.ha")}
          isChecked={ha}
          onChange={(_, on) => setHa(on)}
        />
        <Checkbox
          id="vm-start"
          label={t("create.start")}
          isChecked={start}
          onChange={(_, on) => setStart(on)}
        />
      </Form>
    </Ask>
  );
}
