import { useTranslation } from "react-i18next";
import type { Vm } from "../api/client";
import { ChoiceField } from "../parts/ChoiceField";

export type Boot = Vm["config"]["boot"];

const DEVICES: Boot = ["disk", "cdrom", "network"];

/** Every order of some of them that begins so. */
const continued = (begun: Boot): Boot[] =>
  DEVICES.filter((device) => !begun.includes(device)).flatMap((device) => [
    [...begun, device],
    ...continued([...begun, device]),
  ]);

const ORDERS = continued([]);

/** What a VM is started from, and what next if that has nothing to start. */
export function BootField({ boot, change }: { boot: Boot; change: (boot: Boot) => void }) {
  const { t } = useTranslation();
  return (
    <ChoiceField
      id="vm-boot"
      label={t("boot.order")}
      value={boot.join()}
      onChange={(value) => change(value.split(",") as Boot)}
      options={ORDERS.map((order) => ({
        value: order.join(),
        label: order.map((device) => t(`boot.${device}`)).join(", "),
      }))}
    />
  );
}
