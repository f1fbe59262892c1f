import { useTranslation } from "react-i18next";
import { useArrayPorts } from "../api/arrays";
import { CopyId } from "../parts/Facts";
import { Listing } from "../parts/Listing";

/** Where hosts reach its LUNs. */
export function ArrayPorts({ array }: { array: string }) {
  const { t } = useTranslation();
  return (
    <Listing
      query={useArrayPorts(array)}
      none={t("arrays.noPorts")}
      label={t("arrays.ports")}
      id={(port) => `${port.sp}${port.number}`}
      columns={[
        { key: "sp", title: t("arrays.sp"), by: (port) => port.sp },
        { key: "port", title: t("arrays.port"), by: (port) => port.number },
        { key: "address", title: t("arrays.address"), by: (port) => port.address },
        { key: "iqn", title: t("arrays.iqn"), cell: (port) => <CopyId id={port.iqn} /> },
      ]}
    />
  );
}
