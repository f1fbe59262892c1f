import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation } from "../api/client";
import { client } from "../api/queries";
import { Ask } from "../parts/Ask";
import { ChoiceField } from "../parts/ChoiceField";
import { TextField } from "../parts/TextField";
import { NAME } from "../parts/written";

const KINDS = ["navisphere", "plain"] as const;
const SCOPES = ["0", "1", "2"] as const;

interface Asked {
  name: string;
  kind: (typeof KINDS)[number];
  addresses: string[];
  user: string;
  password: string;
  scope: (typeof SCOPES)[number];
}

function add({ name, kind, addresses, user, password, scope }: Asked): Operation {
  const plain = kind === "plain";
  return {
    method: "POST",
    path: "/arrays",
    body: plain ? { name, kind } : { name, kind, addresses, user, password, scope: Number(scope) },
    secret: "password",
    cli: millpond(
      "array",
      "add",
      name || "NAME",
      plain && ["--kind", "plain"],
      ...(plain ? [] : addresses).map((address) => ["--address", address]),
      !plain && ["--user", user || "USER"],
      !plain && scope !== "0" && ["--scope", scope],
    ),
  };
}

/** An array is asked how it is before it is registered. */
export function AddArray({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>({
    name: "",
    kind: "navisphere",
    addresses: ["", ""],
    user: "",
    password: "",
    scope: "0",
  });
  const set = (change: Partial<Asked>) => setAsked({ ...asked, ...change });
  const { name, kind, user, password } = asked;
  const addresses = asked.addresses.filter(Boolean);
  const plain = kind === "plain";
  return (
    <Ask
      title={t("arrays.add")}
      submit={t("arrays.add")}
      onClose={onClose}
      onDone={() => client.invalidateQueries({ queryKey: ["arrays"] })}
      ready={NAME.test(name) && (plain || (addresses.length > 0 && user !== "" && password !== ""))}
      operations={[add({ ...asked, addresses })]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="array-name"
          label={t("common.name")}
          value={name}
          onChange={(text) => set({ name: text })}
          invalid={name !== "" && !NAME.test(name)}
          required
          first
        />
        <ChoiceField
          id="array-kind"
          label={t("arrays.kind")}
          value={kind}
          onChange={(value) => set({ kind: value as Asked["kind"] })}
          options={KINDS.map((value) => ({ value, label: t(`arrays.kinds.${value}`) }))}
        />
        {plain ? <p>{t("arrays.plainBody")}</p> : <Login asked={asked} set={set} />}
      </Form>
    </Ask>
  );
}

function Login({ asked, set }: { asked: Asked; set: (change: Partial<Asked>) => void }) {
  const { t } = useTranslation();
  const [a = "", b = ""] = asked.addresses;
  return (
    <>
      <TextField
        id="array-a"
        label={t("arrays.addressA")}
        value={a}
        onChange={(text) => set({ addresses: [text, b] })}
        required
      />
      <TextField
        id="array-b"
        label={t("arrays.addressB")}
        value={b}
        onChange={(text) => set({ addresses: [a, text] })}
        hint={t("arrays.addressHint")}
      />
      <TextField
        id="array-user"
        label={t("arrays.user")}
        value={asked.user}
        onChange={(user) => set({ user })}
        required
      />
      <TextField
        id="array-password"
        label={t("arrays.password")}
        value={asked.password}
        onChange={(password) => set({ password })}
        hint={t("arrays.passwordHint")}
        required
        secret
      />
      <ChoiceField
        id="array-scope"
        label={t("arrays.scope")}
        value={asked.scope}
        onChange={(value) => set({ scope: value as Asked["scope"] })}
        options={SCOPES.map((value) => ({ value, label: t(`arrays.scopes.${value}`) }))}
      />
    </>
  );
}
