import { Checkbox, Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useArray } from "../../api/arrays";
import { millpond, type Pool } from "../../api/client";
import type { components } from "../../api/schema";
import { bytes } from "../../i18n";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { Loaded } from "../../parts/Loaded";
import { TextField } from "../../parts/TextField";
import { NAME, named, parseSize } from "../../parts/written";

interface Props {
  pool: Pool;
  /** Those that it can come from; one at least. */
  arrays: components["schemas"]["Array"][];
  onClose: () => void;
}

/** A LUN by intent: which array it shall come from is said, and all the rest is done. */
export function CreateLun({ pool, arrays, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [written, setSize] = useState("");
  const [array, setArray] = useState(arrays[0]?.name ?? "");
  const [chosen, setFrom] = useState<string>();
  const [thin, setThin] = useState(true);
  const query = useArray(arrays.find((one) => one.name === array)?.id ?? array);
  const size = parseSize(written);
  const pools = query.data?.pools ?? [];
  const from = (pools.find((one) => one.name === chosen) ?? pools[0])?.name;
  return (
    <Ask
      title={`${t("luns.create")}: ${pool.name}`}
      submit={t("luns.create")}
      onClose={onClose}
      ready={NAME.test(name) && size !== undefined && from !== undefined}
      operations={[
        {
          method: "POST",
          path: `/pools/${pool.id}/luns`,
          body: { name, array, array_pool: from ?? "", size: size ?? 0, thin },
          cli: millpond(
            "lun",
            "create",
            pool.name,
            name || "NAME",
            ["--size", size === undefined ? "SIZE" : written.trim()],
            ["--array", array],
            ["--from", from ?? "POOL"],
            !thin && "--thick",
          ),
        },
      ]}
    >
      <p>{t("luns.createBody")}</p>
      <Form className="pf-v6-u-my-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="lun-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={name !== "" && !NAME.test(name)}
          required
          first
        />
        <TextField
          id="lun-size"
          label={t("common.size")}
          value={written}
          onChange={setSize}
          invalid={written !== "" && size === undefined}
          hint={t("common.sizeHint")}
          required
        />
        <ChoiceField
          id="lun-array"
          label={t("luns.array")}
          value={array}
          onChange={setArray}
          options={named(arrays)}
        />
        <Loaded query={query}>
          {({ pools: its }) => (
            <ChoiceField
              id="lun-from"
              label={t("luns.from")}
              value={from ?? ""}
              onChange={setFrom}
              options={its.map((one) => ({
                value: one.name,
                label: t("luns.room", { pool: one.name, size: bytes(one.free) }),
              }))}
            />
          )}
        </Loaded>
        <Checkbox
          id="lun-thin"
          label={t("luns.thin")}
          isChecked={thin}
          onChange={(_, on) => setThin(on)}
        />
      </Form>
    </Ask>
  );
}
