import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { millpond, type Pool } from "../api/client";
import { Ask } from "../parts/Ask";

/** The end of a pool, but not of its servers. */
export function Dissolve({ pool, onClose }: { pool: Pool; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Ask
      danger
      title={`${t("membership.dissolve")}: ${pool.name}`}
      submit={t("membership.dissolve")}
      typed={pool.name}
      onClose={onClose}
      onDone={() => navigate("/pools")}
      operations={[
        {
          method: "DELETE",
          path: `/pools/${pool.id}`,
          cli: millpond("pool", "delete", pool.name),
        },
      ]}
    >
      <p>{t("membership.dissolveLoss", { vms: pool.vms, root: pool.cluster_root })}</p>
    </Ask>
  );
}
