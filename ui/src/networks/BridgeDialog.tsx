import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../api/client";
import { Ask } from "../parts/Ask";
import { TextField } from "../parts/TextField";
import { INTERFACE } from "../parts/written";

const VLAN = /^([1-9]\d{0,2}|[1-3]\d{3}|40[0-8]\d|409[0-4])$/;

/** A bridge on every server of a pool. */
export function BridgeDialog({ pool, onClose }: { pool: Pool; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [nic, setNic] = useState("");
  const [vlan, setVlan] = useState("");
  const [bond, setBond] = useState("");
  const nics = bond.split(/[\s,+]+/).filter(Boolean);
  const bad = {
    name: name !== "" && !INTERFACE.test(name),
    nic: (nic !== "" && !INTERFACE.test(nic)) || (nic === "" && (vlan !== "" || nics.length > 0)),
    vlan: vlan !== "" && !VLAN.test(vlan),
    bond: !nics.every((one) => INTERFACE.test(one)),
  };
  return (
    <Ask
      title={`${t("networks.create")}: ${pool.name}`}
      submit={t("networks.create")}
      onClose={onClose}
      ready={name !== "" && !Object.values(bad).some(Boolean)}
      operations={[
        {
          method: "POST",
          path: `/pools/${pool.id}/bridges`,
          body: { name, nic: nic || null, vlan: vlan ? Number(vlan) : null, bond: nics },
          cli: millpond(
            "network",
            "create",
            pool.name,
            name || "BRIDGE",
            nic !== "" && ["--nic", nic],
            vlan !== "" && ["--vlan", vlan],
            ...nics.map((one) => ["--bond", one]),
          ),
        },
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <TextField
          id="bridge-name"
          label={t("common.name")}
          value={name}
          onChange={setName}
          invalid={bad.name}
          hint={t("networks.nameHint")}
          required
          first
        />
        <TextField
          id="bridge-nic"
          label={t("networks.nic")}
          value={nic}
          onChange={setNic}
          invalid={bad.nic}
          hint={t("networks.nicHint")}
        />
        <TextField
          id="bridge-vlan"
          label={t("networks.vlan")}
          value={vlan}
          onChange={setVlan}
          invalid={bad.vlan}
          hint={t("networks.vlanHint")}
        />
        <TextField
          id="bridge-bond"
          label={t("networks.bond")}
          value={bond}
          onChange={setBond}
          invalid={bad.bond}
          hint={t("networks.bondHint")}
        />
      </Form>
    </Ask>
  );
}
