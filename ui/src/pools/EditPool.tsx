import { Form, FormGroup, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Pool } from "../api/client";
import { Ask } from "../parts/Ask";
import { differing } from "../parts/differing";
import { TextField } from "../parts/TextField";
import { NAME, parseCount, parseMebibytes, writeMebibytes } from "../parts/written";

type Changes = Partial<Pick<Pool, "name" | "description" | "bandwidth" | "migrations" | "reserve">>;

const LONGEST = 4096;
const FASTEST = 1_000_000; // MiB/s

/** `200M`: MiB/s; `0`: no limit. */
function parseBandwidth(text: string): number | undefined {
  const mib = text.trim() === "0" ? 0 : parseMebibytes(text);
  return mib !== undefined && mib <= FASTEST ? mib : undefined;
}

const writeBandwidth = (mib: number) => (mib === 0 ? "0" : writeMebibytes(mib));

function edited(pool: Pool, changes: Changes): Operation {
  return {
    method: "PATCH",
    path: `/pools/${pool.id}`,
    body: changes,
    cli: millpond(
      "pool",
      "edit",
      pool.name,
      changes.name !== undefined && ["--name", changes.name || "NAME"],
      changes.description !== undefined && ["--description", changes.description],
      changes.bandwidth !== undefined && ["--bandwidth", writeBandwidth(changes.bandwidth)],
      changes.migrations !== undefined && ["--migrations", `${changes.migrations}`],
      changes.reserve !== undefined && ["--reserve", `${changes.reserve}`],
    ),
  };
}

/** What a pool is called and said to be, and how much its migrations and files may take. */
export function EditPool({ pool, onClose }: { pool: Pool; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(pool.name);
  const [description, setDescription] = useState(pool.description);
  const [bandwidth, setBandwidth] = useState(writeBandwidth(pool.bandwidth));
  const [migrations, setMigrations] = useState(String(pool.migrations));
  const [reserve, setReserve] = useState(String(pool.reserve));
  const wanted = {
    name,
    description,
    bandwidth: parseBandwidth(bandwidth),
    migrations: parseCount(migrations, 1, 32),
    reserve: parseCount(reserve, 0, 90),
  };
  const changes: Changes = differing(pool, wanted);
  const fits = NAME.test(name) && Object.values(wanted).every((value) => value !== undefined);
  return (
    <Ask
      title={`${t("membership.edit")}: ${pool.name}`}
      submit={t("membership.edit")}
      onClose={onClose}
      ready={fits && Object.keys(changes).length > 0}
      operations={[edited(pool, changes)]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="pool-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={!NAME.test(name)}
          required
          first
        />
        <FormGroup label={t("common.description")} fieldId="pool-description">
          <TextArea
            id="pool-description"
            autoResize
            value={description}
            maxLength={LONGEST}
            onChange={(_, text) => setDescription(text)}
          />
        </FormGroup>
        <TextField
          id="pool-bandwidth"
          label={t("membership.bandwidth")}
          value={bandwidth}
          onChange={setBandwidth}
          invalid={wanted.bandwidth === undefined}
          hint={t("membership.bandwidthHint")}
          required
        />
        <TextField
          id="pool-migrations"
          label={t("membership.migrations")}
          value={migrations}
          onChange={setMigrations}
          invalid={wanted.migrations === undefined}
          hint={t("membership.migrationsHint")}
          required
        />
        <TextField
          id="pool-reserve"
          label={t("membership.reserve")}
          value={reserve}
          onChange={setReserve}
          invalid={wanted.reserve === undefined}
          hint={t("membership.reserveHint")}
          required
        />
      </Form>
    </Ask>
  );
}
