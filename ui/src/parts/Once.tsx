import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Code } from "./Equivalent";

interface Props {
  title: string;
  /** That it is shown this once, and what to do with it. */
  note: string;
  label: string;
  text: string;
  onClose: () => void;
}

/** What can be read now and never again, to be copied. */
export function Once({ title, note, label, text, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Alert isInline variant="warning" title={note} />
        <Code label={label} text={text} />
      </ModalBody>
      <ModalFooter>
        <Button variant="link" onClick={onClose}>
          {t("common.close")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
