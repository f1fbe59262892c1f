import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond } from "../api/client";
import { Ask } from "../parts/Ask";
import { TextField } from "../parts/TextField";
import { NAME, parseCount } from "../parts/written";
import type { ServerToken } from "./Enrolment";

const PORT = 8899; // of agents

interface Props {
  onClose: () => void;
  onAdded: (given: ServerToken) => void;
}

/** A server that the manager shall know; its agent then enrols with what the answer tells. */
export function AddServer({ onClose, onAdded }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [typed, setTyped] = useState(String(PORT));
  const port = parseCount(typed, 1, 65_535);
  return (
    <Ask
      title={t("enrolment.add")}
      submit={t("enrolment.add")}
      onClose={onClose}
      ready={NAME.test(name) && address !== "" && port !== undefined}
      operations={[
        {
          method: "POST",
          path: "/servers",
          body: { name, address, port: port ?? PORT },
          cli: millpond(
            "server",
            "add",
            name || "NAME",
            ["--address", address || "ADDRESS"],
            port !== undefined && port !== PORT && ["--port", `${port}`],
          ),
          answered: (answer) => onAdded(answer as ServerToken),
        },
      ]}
    >
      <p>{t("enrolment.addBody")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="server-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          hint={t("enrolment.nameHint")}
          required
          first
        />
        <TextField
          id="server-address"
          label={t("servers.address")}
          value={address}
          onChange={(text) => setAddress(text.trim())}
          hint={t("enrolment.addressHint")}
          required
        />
        <TextField
          id="server-port"
          label={t("enrolment.port")}
          value={typed}
          onChange={setTyped}
          invalid={port === undefined}
          required
        />
      </Form>
    </Ask>
  );
}
