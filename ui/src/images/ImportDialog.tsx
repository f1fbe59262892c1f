import { FileUpload, Form, FormGroup } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pool } from "../api/client";
import { useRun } from "../app/run";
import { Ask } from "../parts/Ask";
import { ChoiceField } from "../parts/ChoiceField";
import { RepositoryField } from "../parts/RepositoryField";
import { TextField } from "../parts/TextField";
import { NAME } from "../parts/written";
import { type Format, formatOf, type Import, imported } from "./importing";
import { upload } from "./uploads";

const FROM = ["file", "url", "path"] as const;
const KINDS = ["template", "disk"] as const;
const FORMATS = ["iso", "qcow2", "raw", "vmdk", "vhd", "vhdx"] as const;
const SHA256 = /^[0-9a-f]{64}$/i;
const URLS = /^https?:\/\/[\x21-\x7e]+$/;

/** An image from outside: a file of this machine, a URL, or what lies on the utility server. */
export function ImportDialog({ pool, onClose }: { pool: Pool; onClose: () => void }) {
  const { t } = useTranslation();
  const run = useRun();
  const [from, setFrom] = useState<(typeof FROM)[number]>("file");
  const [file, setFile] = useState<File>();
  const [where, setWhere] = useState("");
  const [name, setName] = useState("");
  const [chosen, setFormat] = useState<Format>();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("template");
  const [repository, setRepository] = useState("");
  const [sha256, setSha256] = useState("");
  const source = from === "file" ? (file?.name ?? "") : where;
  const format = chosen ?? formatOf(source) ?? "iso";
  const asked: Import = {
    name,
    kind: format === "iso" ? "iso" : kind,
    format,
    ...(from === "url" && { url: where }),
    ...(from === "path" && { path: where }),
    ...(repository && { repository }),
    ...(sha256 && { sha256: sha256.toLowerCase() }),
  };
  const good =
    from === "file" ? file !== undefined : from === "url" ? URLS.test(where) : /^\//.test(where);
  return (
    <Ask
      title={`${t("templates.import")}: ${pool.name}`}
      submit={t("templates.import")}
      onClose={onClose}
      ready={good && NAME.test(name) && (sha256 === "" || SHA256.test(sha256))}
      operations={[
        {
          method: "POST",
          path: `/pools/${pool.id}/images`,
          body: { ...asked, ...(file && from === "file" && { upload: "ID", size: file.size }) },
          cli: imported(pool, asked, from === "file" ? source || "FILE" : undefined),
        },
      ]}
      {...(from === "file" && file && { instead: () => upload(pool, file, asked, run) })}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <ChoiceField
          id="image-from"
          label={t("templates.from")}
          value={from}
          onChange={(value) => setFrom(value as typeof from)}
          options={FROM.map((value) => ({ value, label: t(`templates.froms.${value}`) }))}
        />
        {from === "file" ? (
          <FormGroup label={t("templates.file")} fieldId="image-file-filename" isRequired>
            <FileUpload
              id="image-file"
              filename={file?.name ?? ""}
              filenamePlaceholder={t("templates.noFile")}
              browseButtonText={t("templates.browse")}
              clearButtonText={t("templates.clearFile")}
              hideDefaultPreview
              onFileInputChange={(_, picked) => setFile(picked)}
              onClearClick={() => setFile(undefined)}
            />
          </FormGroup>
        ) : (
          <TextField
            id="image-where"
            label={t(`templates.${from}`)}
            value={where}
            onChange={setWhere}
            invalid={where !== "" && !good}
            hint={t(`templates.${from}Hint`)}
            required
          />
        )}
        <TextField
          id="image-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          required
        />
        <ChoiceField
          id="image-format"
          label={t("templates.format")}
          value={format}
          onChange={(value) => setFormat(value as Format)}
          options={FORMATS.map((value) => ({ value, label: value }))}
        />
        {format !== "iso" && (
          <ChoiceField
            id="image-kind"
            label={t("templates.kind")}
            value={kind}
            onChange={(value) => setKind(value as typeof kind)}
            options={KINDS.map((value) => ({ value, label: t(`templates.kinds.${value}`) }))}
          />
        )}
        <RepositoryField pool={pool.id} value={repository} onChange={setRepository} />
        <TextField
          id="image-sha256"
          label={t("templates.sha256")}
          value={sha256}
          onChange={setSha256}
          invalid={sha256 !== "" && !SHA256.test(sha256)}
          hint={t("templates.sha256Hint")}
        />
      </Form>
    </Ask>
  );
}
