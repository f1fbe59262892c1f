import { useTranslation } from "react-i18next";
import { useArraySnapshots } from "../api/arrays";
import { Listing } from "../parts/Listing";

/** Of all its LUNs: snapshots and SnapView's sessions, and where hosts find what they hold. */
export function ArraySnapshots({ array }: { array: string }) {
  const { t } = useTranslation();
  return (
    <Listing
      query={useArraySnapshots(array)}
      none={t("arrays.noSnapshots")}
      hint={t("arrays.noSnapshotsBody")}
      label={t("arrays.snapshots")}
      id={(one) => `${one.kind} ${one.name}`}
      columns={[
        { key: "name", title: t("common.name"), by: (one) => one.name },
        {
          key: "kind",
          title: t("arrays.snapshotKind"),
          by: (one) => one.kind,
          cell: (one) => t(`arrays.snapshotKinds.${one.kind}`),
        },
        { key: "luns", title: t("arrays.luns"), cell: (one) => one.luns.join(", ") },
        { key: "group", title: t("arrays.consistencyGroup"), by: (one) => one.group },
        { key: "created", title: t("common.created"), cell: (one) => one.created },
        {
          key: "shown",
          title: t("arrays.shownAs"),
          cell: (one) =>
            one.kind === "snap"
              ? one.shown_as.map((number) => t("arrays.mountPoint", { number })).join(", ")
              : one.shown_as.join(", "),
        },
      ]}
    />
  );
}
