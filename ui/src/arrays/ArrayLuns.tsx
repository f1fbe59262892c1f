import { useTranslation } from "react-i18next";
import { useArrayLuns } from "../api/arrays";
import { bytes } from "../i18n";
import { CopyId } from "../parts/Facts";
import { Listing } from "../parts/Listing";

export function ArrayLuns({ array }: { array: string }) {
  const { t } = useTranslation();
  return (
    <Listing
      query={useArrayLuns(array)}
      none={t("arrays.noLuns")}
      label={t("arrays.luns")}
      id={(lun) => String(lun.number)}
      columns={[
        { key: "number", title: t("arrays.number"), by: (lun) => lun.number },
        { key: "name", title: t("common.name"), by: (lun) => lun.name },
        {
          key: "size",
          title: t("common.size"),
          by: (lun) => lun.size,
          cell: (lun) => bytes(lun.size),
        },
        {
          key: "used",
          title: t("common.used"),
          by: (lun) => lun.used,
          cell: (lun) => bytes(lun.used),
        },
        { key: "pool", title: t("common.pool"), by: (lun) => lun.pool },
        {
          key: "thin",
          title: t("arrays.thin"),
          by: (lun) => String(lun.thin),
          cell: (lun) => (lun.thin ? t("common.yes") : t("common.no")),
        },
        { key: "owner", title: t("arrays.owner"), by: (lun) => lun.owner },
        { key: "state", title: t("common.state"), by: (lun) => lun.state },
        { key: "uid", title: t("arrays.uid"), cell: (lun) => <CopyId id={lun.uid} /> },
      ]}
    />
  );
}
