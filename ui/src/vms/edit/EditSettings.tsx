import { Form, FormGroup, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { differing } from "../../parts/differing";
import { TextField } from "../../parts/TextField";
import { TAG, wordsOf } from "../../parts/written";
import { BootField } from "../BootField";
import { edited } from "./changes";

type Keyboard = Vm["config"]["keyboard"];
const KEYBOARDS: Keyboard[] = [
  "en-us",
  "en-gb",
  "de",
  "de-ch",
  "es",
  "fr",
  "fr-ch",
  "it",
  "ja",
  "pt",
  "pt-br",
  "sv",
];
const LONGEST = 4096;

/** What a VM is said to be, and how it starts. */
export function EditSettings({ vm, onClose }: { vm: Vm; onClose: () => void }) {
  const { t } = useTranslation();
  const [description, setDescription] = useState(vm.config.description);
  const [written, setTags] = useState(vm.config.tags.join(" "));
  const [boot, setBoot] = useState(vm.config.boot);
  const [keyboard, setKeyboard] = useState(vm.config.keyboard);
  const tags = wordsOf(written);
  const tagged = tags.every((tag) => TAG.test(tag));
  const changes = differing(vm.config, { description, tags, boot, keyboard });
  return (
    <Ask
      title={`${t("edit.settings")}: ${vm.name}`}
      submit={t("edit.settings")}
      onClose={onClose}
      ready={tagged && description.length <= LONGEST && Object.keys(changes).length > 0}
      operations={[edited(vm, changes)]}
    >
      {vm.power !== "stopped" && <p>{t("edit.later")}</p>}
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <FormGroup label={t("common.description")} fieldId="vm-description">
          <TextArea
            id="vm-description"
            autoResize
            value={description}
            maxLength={LONGEST}
            onChange={(_, text) => setDescription(text)}
          />
        </FormGroup>
        <TextField
          id="vm-tags"
          label={t("common.tags")}
          value={written}
          onChange={setTags}
          invalid={!tagged}
          hint={t("edit.tagsHint")}
        />
        <BootField boot={boot} change={setBoot} />
        <ChoiceField
          id="vm-keyboard"
          label={t("edit.keyboard")}
          value={keyboard}
          onChange={(value) => setKeyboard(value as Keyboard)}
          options={KEYBOARDS.map((value) => ({ value, label: value }))}
        />
      </Form>
    </Ask>
  );
}
