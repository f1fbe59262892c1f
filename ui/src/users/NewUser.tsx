import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond } from "../api/client";
import { Ask } from "../parts/Ask";
import { TextField } from "../parts/TextField";

const SHORTEST = 10;

export function NewUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <Ask
      title={t("users.newUser")}
      submit={t("users.newUser")}
      onClose={onClose}
      ready={name !== "" && password.length >= SHORTEST}
      operations={[
        {
          method: "POST",
          path: "/users",
          body: { name, password },
          secret: "password",
          cli: millpond("user", "add", name || "NAME"),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="user-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          required
          first
        />
        <TextField
          id="user-password"
          label={t("users.password")}
          value={password}
          onChange={setPassword}
          required
          secret
        />
      </Form>
    </Ask>
  );
}
