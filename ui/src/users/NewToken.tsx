import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond } from "../api/client";
import type { components } from "../api/schema";
import { Ask } from "../parts/Ask";
import { TextField } from "../parts/TextField";
import { NAME, parseCount } from "../parts/written";

export type IssuedToken = components["schemas"]["IssuedToken"];

const LONGEST = 3650; // days

interface Props {
  onClose: () => void;
  onMade: (made: IssuedToken) => void;
}

/** A new API token, for good or for some days. */
export function NewToken({ onClose, onMade }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [typed, setTyped] = useState("");
  const days = parseCount(typed, 1, LONGEST);
  const fits = typed === "" || days !== undefined;
  return (
    <Ask
      title={t("users.newToken")}
      submit={t("common.create")}
      onClose={onClose}
      ready={NAME.test(name) && fits}
      operations={[
        {
          method: "POST",
          path: "/tokens",
          body: { name, ...(days !== undefined && { days }) },
          cli: millpond(
            "token",
            "create",
            name || "NAME",
            days !== undefined && ["--days", `${days}`],
          ),
          answered: (answer) => onMade(answer as IssuedToken),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="token-name"
          label={t("users.tokenName")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          required
          first
        />
        <TextField
          id="token-days"
          label={t("account.days")}
          value={typed}
          onChange={setTyped}
          invalid={!fits}
          hint={t("account.daysHint")}
        />
      </Form>
    </Ask>
  );
}
