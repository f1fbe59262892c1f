import {
  ActionGroup,
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  TextInput,
} from "@patternfly/react-core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { client } from "../api/queries";
import { ErrorNote } from "../parts/ErrorNote";

/** The page stays what it was: after signing in, the address asked for is shown. */
export function SignIn() {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  async function signIn(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await api.POST("/api/v1/sessions/cookie", { body: { name, password } });
      await client.resetQueries();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  }

  return (
    <main className="mp-sign-in">
      <Card>
        <CardTitle component="h1">{t("signIn.title")}</CardTitle>
        <CardBody>
          <Form onSubmit={signIn}>
            {error !== undefined && <ErrorNote error={error} />}
            <FormGroup label={t("signIn.name")} fieldId="name" isRequired>
              <TextInput
                id="name"
                autoComplete="username"
                autoFocus
                isRequired
                value={name}
                onChange={(_, value) => setName(value)}
              />
            </FormGroup>
            <FormGroup label={t("signIn.password")} fieldId="password" isRequired>
              <TextInput
                id="password"
                type="password"
                autoComplete="current-password"
                isRequired
                value={password}
                onChange={(_, value) => setPassword(value)}
              />
            </FormGroup>
            <ActionGroup>
              <Button
                type="submit"
                isBlock
                isLoading={busy}
                isDisabled={busy || !name || !password}
              >
                {t("signIn.submit")}
              </Button>
            </ActionGroup>
          </Form>
        </CardBody>
        <CardBody>{t("signIn.about")}</CardBody>
      </Card>
    </main>
  );
}
