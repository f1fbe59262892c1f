import { Form, FormGroup, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond } from "../api/client";
import { Ask } from "../parts/Ask";

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
        <FormGroup label={t("common.name")} fieldId="user-name" isRequired>
          <TextInput
            id="user-name"
            autoFocus
            autoComplete="off"
            value={name}
            onChange={(_, value) => setName(value)}
          />
        </FormGroup>
        <FormGroup label={t("users.password")} fieldId="user-password" isRequired>
          <TextInput
            id="user-password"
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(_, value) => setPassword(value)}
          />
        </FormGroup>
      </Form>
    </Ask>
  );
}
