import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../api/client";
import { Ask } from "../parts/Ask";
import { ChoiceField } from "../parts/ChoiceField";
import { TextField } from "../parts/TextField";
import { NAME } from "../parts/written";

const KINDS = ["nfs", "local", "ocfs2"] as const;
type Kind = (typeof KINDS)[number];

interface Props {
  pool: Pool;
  verb: "create" | "attach";
  onClose: () => void;
  /** What is written there at first. */
  first?: { name: string; kind: Kind; source: string };
}

/** Storage for a pool: empty, to be made a repository of; or one that is there with its VMs. */
export function RepositoryDialog({ pool, verb, onClose, first }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(first?.name ?? "");
  const [kind, setKind] = useState<Kind>(first?.kind ?? "nfs");
  const [source, setSource] = useState(first?.source ?? "");
  const [mount, setMount] = useState("");
  const [even, setEven] = useState(false); // what else would be refused
  const extra = verb === "create" ? "keep" : "force";
  const absolute = mount === "" || mount.startsWith("/");
  return (
    <Ask
      title={`${t(`repositories.${verb}`)}: ${pool.name}`}
      submit={t(`repositories.${verb}`)}
      onClose={onClose}
      ready={NAME.test(name) && source !== "" && absolute}
      operations={[
        {
          method: "POST",
          path: `/pools/${pool.id}/repositories${verb === "attach" ? "/attach" : ""}`,
          body: { name, kind, source, mount: mount || null, [extra]: even },
          cli: millpond(
            "repository",
            verb,
            pool.name,
            name || "NAME",
            ["--kind", kind],
            ["--source", source || "SOURCE"],
            mount !== "" && ["--mount", mount],
            verb === "create" && even && "--keep",
            verb === "attach" && even && "--force",
          ),
        },
      ]}
    >
      <p>{t(`repositories.${verb}Body`)}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="repository-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          required
          first
        />
        <ChoiceField
          id="repository-kind"
          label={t("repositories.kind")}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          options={KINDS.map((value) => ({ value, label: t(`repositories.kinds.${value}`) }))}
        />
        <TextField
          id="repository-source"
          label={t("vms.source")}
          value={source}
          onChange={setSource}
          hint={t(`repositories.sources.${kind}`)}
          required
        />
        <TextField
          id="repository-mount"
          label={t("repositories.mount")}
          value={mount}
          onChange={setMount}
          invalid={!absolute}
          hint={t("repositories.mountHint")}
        />
        <Checkbox
          id="repository-even"
          label={t(`repositories.${extra}`)}
          isChecked={even}
          onChange={(_, on) => setEven(on)}
        />
      </Form>
    </Ask>
  );
}
