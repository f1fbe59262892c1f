import {
  Alert,
  Button,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { Code } from "../parts/Equivalent";
import { ErrorNote } from "../parts/ErrorNote";

/** A new API token: its secret is shown here, once. */
export function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [secret, setSecret] = useState<string>();
  const [error, setError] = useState<unknown>();
  async function create() {
    try {
      const { data } = await api.POST("/api/v1/tokens", { body: { name } });
      setSecret(data?.secret);
    } catch (problem) {
      setError(problem);
    }
  }
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={t("users.newToken")}>
      <ModalHeader title={t("users.newToken")} />
      <ModalBody>
        {error !== undefined && <ErrorNote error={error} />}
        {secret ? (
          <>
            <Alert isInline variant="warning" title={t("users.secret")} />
            <Code label={name} text={secret} />
          </>
        ) : (
          <Form onSubmit={(event) => event.preventDefault()}>
            <FormGroup label={t("users.tokenName")} fieldId="token-name" isRequired>
              <TextInput
                id="token-name"
                autoFocus
                value={name}
                onChange={(_, value) => setName(value)}
              />
            </FormGroup>
          </Form>
        )}
      </ModalBody>
      <ModalFooter>
        {!secret && (
          <Button isDisabled={!name} onClick={create}>
            {t("common.create")}
          </Button>
        )}
        <Button variant="link" onClick={onClose}>
          {t("common.close")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
