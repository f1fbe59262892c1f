import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../../api/client";
import { Ask } from "../../parts/Ask";

interface Props {
  pool: Pool;
  member: Pool["members"][number];
  onClose: () => void;
}

export function RemoveMember({ pool, member, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Ask
      danger
      title={`${t("membership.remove")}: ${member.name}`}
      submit={t("membership.remove")}
      typed={member.name}
      onClose={onClose}
      operations={[
        {
          method: "DELETE",
          path: `/pools/${pool.id}/servers/${member.id}`,
          cli: millpond("pool", "remove-server", pool.name, member.name),
        },
      ]}
    >
      <p>{t("membership.removeLoss", { server: member.name, pool: pool.name })}</p>
    </Ask>
  );
}
