import { Form } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Vm } from "../../api/client";
import { usePools } from "../../api/queries";
import { Ask } from "../../parts/Ask";
import { ChoiceField } from "../../parts/ChoiceField";
import { TextField } from "../../parts/TextField";
import { named, parseSize } from "../../parts/written";

export type Nic = Vm["config"]["vifs"][number];
const MODELS = ["virtio", "e1000", "rtl8139"];

interface Props {
  vm: Vm;
  /** The one that is changed; without, a new one is plugged in. */
  nic?: Nic;
  onClose: () => void;
}

/** A network interface: a new one, or another bridge or limit for one that there is. */
export function NicDialog({ vm, nic, onClose }: Props) {
  const { t } = useTranslation();
  const pool = usePools().data?.find((one) => one.id === vm.pool.id);
  const bridges = named(pool?.bridges ?? []);
  const [picked, setBridge] = useState(nic?.bridge);
  const [model, setModel] = useState("virtio");
  const [rate, setRate] = useState("");
  const bridge = picked ?? bridges[0]?.value ?? "";
  const limit = parseSize(rate);
  const title = nic ? `${t("nics.edit")}: ${nic.mac}` : t("nics.add");
  const kilobytes = limit === undefined ? undefined : limit / 1024;
  return (
    <Ask
      title={title}
      submit={t(nic ? "nics.edit" : "nics.add")}
      onClose={onClose}
      ready={bridge !== "" && (rate === "" || limit !== undefined)}
      operations={[
        nic ? edit(vm, nic, bridge, rate, kilobytes) : add(vm, bridge, model, rate, kilobytes),
      ]}
    >
      <Form className="pf-v6-u-mb-md" onSubmit={(event) => event.preventDefault()}>
        <ChoiceField
          id="nic-bridge"
          label={t("vms.bridge")}
          value={bridge}
          onChange={setBridge}
          options={bridges}
        />
        {!nic && (
          <ChoiceField
            id="nic-model"
            label={t("vms.model")}
            value={model}
            onChange={setModel}
            options={MODELS.map((one) => ({ value: one, label: one }))}
          />
        )}
        <TextField
          id="nic-rate"
          label={t("nics.rate")}
          value={rate}
          onChange={setRate}
          invalid={rate !== "" && limit === undefined}
          hint={t(nic ? "nics.rateKept" : "nics.rateHint")}
        />
      </Form>
    </Ask>
  );
}

function add(vm: Vm, bridge: string, model: string, rate: string, kilobytes?: number): Operation {
  const words = [bridge, model !== "virtio" && `model=${model}`, rate && `rate=${rate}`];
  return {
    method: "POST",
    path: `/vms/${vm.id}/vifs`,
    body: { bridge, model, ...(kilobytes && { rate_limit: kilobytes }) },
    cli: millpond("vm", "nic-add", vm.name, words.filter(Boolean).join(",")),
  };
}

function edit(vm: Vm, nic: Nic, bridge: string, rate: string, kilobytes?: number): Operation {
  return {
    method: "PATCH",
    path: `/vms/${vm.id}/vifs/${nic.mac}`,
    body: { bridge, ...(kilobytes !== undefined && { rate_limit: kilobytes }) },
    cli: millpond(
      "vm",
      "nic-set",
      vm.name,
      nic.mac,
      ["--bridge", bridge],
      kilobytes !== undefined && ["--rate", rate],
    ),
  };
}
