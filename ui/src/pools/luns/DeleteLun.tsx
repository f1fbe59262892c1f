import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../../api/client";
import { bytes } from "../../i18n";
import { Ask } from "../../parts/Ask";
import type { Lun } from "./PoolLuns";

interface Props {
  pool: Pool;
  lun: Lun;
  onClose: () => void;
}

/** Whether a VM has it is the manager's to say: what is known here may be old. */
export function DeleteLun({ pool, lun, onClose }: Props) {
  const { t } = useTranslation();
  const { name, device, array, number, size, vms } = lun;
  return (
    <Ask
      danger
      title={`${t("common.delete")}: ${name}`}
      submit={t("common.delete")}
      onClose={onClose}
      typed={name}
      operations={[
        {
          method: "DELETE",
          path: `/pools/${pool.id}/luns/${name}`,
          cli: millpond("lun", "delete", pool.name, name),
        },
      ]}
    >
      <p>{t("luns.deleteLoss", { pool: pool.name, device, array, number, size: bytes(size) })}</p>
      {vms.length > 0 && <p>{t("luns.deleteUsed", { vms: vms.join(", ") })}</p>}
    </Ask>
  );
}
