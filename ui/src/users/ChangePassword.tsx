import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond } from "../api/client";
import { Ask } from "../parts/Ask";
import { TextField } from "../parts/TextField";

const SHORTEST = 10;

/** One's own password; nobody can change another's here. */
export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && again !== wanted;
  return (
    <Ask
      title={t("account.change")}
      submit={t("account.change")}
      onClose={onClose}
      ready={old !== "" && wanted.length >= SHORTEST && again === wanted}
      operations={[
        {
          method: "POST",
          path: "/users/me/password",
          body: { old, new: wanted },
          secret: ["old", "new"],
          cli: millpond("user", "password"),
        },
      ]}
    >
      <p>{t("account.body")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="password-old"
          label={t("account.old")}
          value={old}
          onChange={setOld}
          required
          first
          secret
        />
        <TextField
          id="password-new"
          label={t("account.new")}
          value={wanted}
          onChange={setWanted}
          required
          secret
        />
        <TextField
          id="password-again"
          label={t("account.again")}
          value={again}
          onChange={setAgain}
          invalid={differs}
          {...(differs && { hint: t("account.differs") })}
          required
          secret
        />
      </Form>
    </Ask>
  );
}
