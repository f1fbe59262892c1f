import { useTranslation } from "react-i18next";
import { useRepositories } from "../api/queries";
import { ChoiceField } from "./ChoiceField";
import { named } from "./written";

interface Props {
  pool: string;
  value: string;
  onChange: (name: string) => void;
  /** What it means to name none; without, that it lies in the cluster root. */
  none?: string;
}

/** Where something new shall lie; nothing is asked of a pool with the cluster root alone. */
export function RepositoryField({ pool, value, onChange, none }: Props) {
  const { t } = useTranslation();
  const all = useRepositories(pool).data ?? [];
  const offered = none ? all : all.filter((one) => !one.cluster_root);
  if (!all.some((one) => !one.cluster_root)) return null;
  return (
    <ChoiceField
      id="repository"
      label={t("vms.repository")}
      value={value}
      onChange={onChange}
      options={[{ value: "", label: none ?? t("repositories.root") }, ...named(offered)]}
    />
  );
}
