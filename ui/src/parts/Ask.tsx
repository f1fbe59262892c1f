import {
  Button,
  ExpandableSection,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Operation } from "../api/client";
import { useRun } from "../app/run";
import { Equivalent } from "./Equivalent";

interface Props {
  title: string;
  submit: string;
  operations: Operation[];
  /** What is done in their place, where there is more to it than asking. */
  instead?: () => void;
  onClose: () => void;
  /** After all were answered; a single one that is refused leaves the dialog as it is. */
  onDone?: () => void;
  /** What is said before it is done: what will be lost. */
  children?: ReactNode;
  danger?: boolean;
  /** What has to be typed before it can be done. */
  typed?: string;
  ready?: boolean;
}

/** The one dialog that leads to operations: what will happen, and how to do the same without it. */
export function Ask(props: Props) {
  const {
    title,
    submit,
    operations,
    instead,
    onClose,
    onDone,
    children,
    danger,
    typed,
    ready = true,
  } = props;
  const { t } = useTranslation();
  const run = useRun();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [first] = operations;

  async function go() {
    if (!instead) {
      setBusy(true);
      const accepted = await run(...operations);
      setBusy(false);
      if (!accepted && operations.length === 1) return; // what was typed stays, to be mended
    }
    onClose();
    instead?.();
    onDone?.();
  }

  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} {...(danger && { titleIconVariant: "warning" as const })} />
      <ModalBody>
        {children}
        {typed && (
          <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
            <FormGroup label={t("loss.type", { name: typed })} fieldId="typed">
              <TextInput id="typed" value={text} onChange={(_, value) => setText(value)} />
            </FormGroup>
          </Form>
        )}
        {first && (
          <ExpandableSection toggleText={t("common.commands")}>
            <Equivalent operation={first} />
          </ExpandableSection>
        )}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={danger ? "danger" : "primary"}
          onClick={go}
          isLoading={busy}
          isDisabled={busy || !ready || (typed !== undefined && text !== typed)}
        >
          {submit}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t("common.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
