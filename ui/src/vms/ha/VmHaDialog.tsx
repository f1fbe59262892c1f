import { Checkbox, Form, FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pool, Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { differing } from "../../parts/differing";
import { TextField } from "../../parts/TextField";
import { parseCount } from "../../parts/written";
import { edited } from "../edit/changes";

interface Props {
  vm: Vm;
  pool: Pool;
  onClose: () => void;
}

/** Whether a VM is restarted elsewhere, when among others, and where it is best. */
export function VmHaDialog({ vm, pool, onClose }: Props) {
  const { t } = useTranslation();
  const { config } = vm;
  const [ha, setHa] = useState(config.ha);
  const [text, setPriority] = useState(String(config.restart_priority));
  const [preferred, setPreferred] = useState(config.preferred_servers);
  const [force, setForce] = useState(false);
  const priority = parseCount(text, 1, 1000);
  // One that has left the pool stays preferred until somebody says otherwise.
  const servers = [...new Set([...pool.members.map(({ name }) => name), ...preferred])];
  const changes = differing(vm.config, {
    ha,
    restart_priority: priority,
    preferred_servers: preferred,
  });
  return (
    <Ask
      title={`${t("guard.change")}: ${vm.name}`}
      submit={t("guard.change")}
      onClose={onClose}
      ready={priority !== undefined && Object.keys(changes).length > 0}
      operations={[edited(vm, changes, force)]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <Checkbox
          id="vm-ha"
          label={t("guard.ask")}
          isChecked={ha}
          onChange={(_, on) => setHa(on)}
        />
        <TextField
          id="vm-priority"
          label={t("vms.priority")}
          value={text}
          onChange={setPriority}
          invalid={priority === undefined}
          hint={t("guard.priorityHint")}
          required
        />
        <FormGroup label={t("vms.preferred")} role="group">
          {servers.map((name) => (
            <Checkbox
              key={name}
              id={`vm-prefers-${name}`}
              label={name}
              isChecked={preferred.includes(name)}
              onChange={(_, on) =>
                setPreferred(servers.filter((s) => (s === name ? on : preferred.includes(s))))
              }
            />
          ))}
        </FormGroup>
        {(changes.ha !== undefined || changes.restart_priority !== undefined) && (
          <Checkbox
            id="vm-force"
            label={t("pools.force")}
            isChecked={force}
            onChange={(_, on) => setForce(on)}
          />
        )}
      </Form>
    </Ask>
  );
}
