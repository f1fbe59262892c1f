import { ExpandableSection, Modal, ModalBody, ModalHeader } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { Equivalent } from "../parts/Equivalent";
import { operation, VERBS } from "./verbs";

/** What to type for each action. */
export function CommandsDialog({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const title = t("commands.title", { name: vm.name });
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} description={t("commands.body")} />
      <ModalBody>
        {VERBS.map((verb) => (
          <ExpandableSection key={verb} toggleText={t(`verbs.${verb}`)}>
            <Equivalent operation={operation(verb, vm)} />
          </ExpandableSection>
        ))}
      </ModalBody>
    </Modal>
  );
}
