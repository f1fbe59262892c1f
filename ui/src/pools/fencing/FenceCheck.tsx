import {
  Alert,
  ExpandableSection,
  List,
  ListItem,
  Modal,
  ModalBody,
  ModalHeader,
} from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { millpond } from "../../api/client";
import { useFenceCheck } from "../../api/queries";
import { Equivalent } from "../../parts/Equivalent";
import { Loaded } from "../../parts/Loaded";

interface Props {
  server: { id: string; name: string };
  onClose: () => void;
}

/** The devices of a server are asked, each for its state; nothing is changed. */
export function FenceCheck({ server, onClose }: Props) {
  const { t } = useTranslation();
  const title = `${t("fencing.check")}: ${server.name}`;
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        <Loaded query={useFenceCheck(server.id)}>
          {({ answers }) => (
            <Alert isInline variant="success" title={t("fencing.answered")}>
              <List isPlain>
                {answers.map((answer) => (
                  <ListItem key={answer}>{answer}</ListItem>
                ))}
              </List>
            </Alert>
          )}
        </Loaded>
        <ExpandableSection toggleText={t("common.commands")}>
          <Equivalent
            operation={{
              method: "POST",
              path: `/servers/${server.id}/fencing/check`,
              cli: millpond("fence", "check", server.name),
            }}
          />
        </ExpandableSection>
      </ModalBody>
    </Modal>
  );
}
