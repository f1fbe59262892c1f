import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation } from "../../api/client";
import { useFenceAgents } from "../../api/queries";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";
import { NAME } from "../../parts/written";
import { FenceArguments } from "./FenceArguments";
import type { Device } from "./Fencing";

const LEVEL = /^[1-9]$/;
const TIMEOUT = /^([1-9]\d?|[12]\d\d|300)$/;
const STARS = "***"; // as the API shows a secret, and takes it back: it stays as it is

interface Props {
  pool: string;
  server: { id: string; name: string };
  /** The one to change; without, a new one. */
  device?: Device;
  taken: string[];
  onClose: () => void;
}

interface Asked {
  name: string;
  agent: string;
  level: string;
  timeout: string;
  arguments: Record<string, string>;
  secrets: Record<string, string>;
}

function setting(server: Props["server"], asked: Asked, known: string[]): Operation {
  const { name, agent, level, timeout } = asked;
  const given = Object.entries(asked.arguments).filter(([, value]) => value !== "");
  const typed = Object.entries(asked.secrets).filter(([, value]) => value !== "");
  return {
    method: "PUT",
    path: `/servers/${server.id}/fencing/${name || "DEVICE"}`,
    body: {
      agent,
      level: Number(level),
      timeout: Number(timeout),
      arguments: Object.fromEntries(given),
      secrets: {
        ...Object.fromEntries(known.map((one) => [one, STARS])),
        ...Object.fromEntries(typed),
      },
    },
    secret: "secrets",
    cli: millpond(
      "fence",
      "set",
      server.name,
      name || "DEVICE",
      ["--agent", agent || "AGENT"],
      level !== "1" && ["--level", level],
      timeout !== "20" && ["--timeout", timeout],
      ...given.map(([key, value]) => ["--argument", `${key}=${value}`]),
      ...typed.map(([key]) => ["--secret", key]),
    ),
  };
}

/** How a server can be cut off, with the arguments that its fence agent says it takes. */
export function FenceDialog({ pool, server, device, taken, onClose }: Props) {
  const { t } = useTranslation();
  const agents = useFenceAgents(pool).data ?? [];
  const [asked, setAsked] = useState<Asked>({
    name: device?.name ?? "",
    agent: device?.agent ?? "",
    level: String(device?.level ?? 1),
    timeout: String(device?.timeout ?? 20),
    arguments: device?.arguments ?? {},
    secrets: {},
  });
  const set = (change: Partial<Asked>) => setAsked({ ...asked, ...change });
  const { name, agent, level, timeout } = asked;
  const free = device !== undefined || !taken.includes(name);
  const known = agent === device?.agent ? Object.keys(device.secrets) : [];
  const title = device ? t("fencing.change") : t("fencing.add");
  return (
    <Ask
      title={`${title}: ${server.name}`}
      submit={title}
      onClose={onClose}
      ready={NAME.test(name) && free && agent !== "" && LEVEL.test(level) && TIMEOUT.test(timeout)}
      operations={[setting(server, asked, known)]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        {!device && (
          <TextField
            id="fence-name"
            label={t("common.name")}
            value={name}
            onChange={(text) => set({ name: text })}
            invalid={name !== "" && !(NAME.test(name) && free)}
            hint={t("fencing.nameHint")}
            required
            first
          />
        )}
        <ChoiceField
          id="fence-agent"
          label={t("fencing.agent")}
          value={agent}
          onChange={(value) => set({ agent: value, arguments: {}, secrets: {} })}
          options={["", ...agents].map((value) => ({ value, label: value }))}
        />
        {agent !== "" && (
          <FenceArguments
            key={agent}
            pool={pool}
            agent={agent}
            given={{ ...asked.arguments, ...asked.secrets }}
            known={known}
            change={(parameter, value) =>
              parameter.secret
                ? set({ secrets: { ...asked.secrets, [parameter.name]: value } })
                : set({ arguments: { ...asked.arguments, [parameter.name]: value } })
            }
          />
        )}
        <TextField
          id="fence-level"
          label={t("fencing.level")}
          value={level}
          onChange={(text) => set({ level: text })}
          invalid={!LEVEL.test(level)}
          hint={t("fencing.levelHint")}
          required
        />
        <TextField
          id="fence-timeout"
          label={t("fencing.timeout")}
          value={timeout}
          onChange={(text) => set({ timeout: text })}
          invalid={!TIMEOUT.test(timeout)}
          hint={t("fencing.timeoutHint")}
          required
        />
      </Form>
    </Ask>
  );
}
