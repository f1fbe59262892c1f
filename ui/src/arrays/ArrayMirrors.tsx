import { Label } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { useArrayMirrors } from "../api/arrays";
import type { components } from "../api/schema";
import { Listing } from "../parts/Listing";

type Mirror = components["schemas"]["ArrayMirror"];
type Image = components["schemas"]["SecondaryImage"];

/** LUNs with an image in another array, whichever of the two is here. */
export function ArrayMirrors({ array }: { array: string }) {
  const { t } = useTranslation();
  const each = (told: (image: Image) => string | null) => (mirror: Mirror) =>
    mirror.images.map(told).filter(Boolean).join("; ");
  return (
    <Listing
      query={useArrayMirrors(array)}
      none={t("arrays.noMirrors")}
      hint={t("arrays.noMirrorsBody")}
      label={t("arrays.mirrors")}
      id={(one) => `${one.kind} ${one.name}`}
      columns={[
        { key: "name", title: t("common.name"), by: (one) => one.name },
        {
          key: "kind",
          title: t("arrays.mirrorKind"),
          by: (one) => one.kind,
          cell: (one) => t(`arrays.mirrorKinds.${one.kind}`),
        },
        { key: "lun", title: t("arrays.lun"), by: (one) => one.lun },
        {
          key: "here",
          title: t("arrays.imageHere"),
          by: (one) => String(one.primary),
          cell: (one) => (one.primary ? t("arrays.primary") : t("arrays.secondary")),
        },
        { key: "status", title: t("common.state"), cell: (one) => <Status mirror={one} /> },
        { key: "image", title: t("arrays.image"), cell: each((image) => image.state) },
        { key: "condition", title: t("arrays.condition"), cell: each((image) => image.condition) },
        {
          key: "progress",
          title: t("arrays.alike"),
          cell: each(({ progress }) => (progress == null ? null : `${progress} %`)),
        },
        {
          key: "behind",
          title: t("arrays.behind"),
          cell: each(({ behind }) =>
            behind == null ? null : t("arrays.minutes", { count: behind }),
          ),
        },
      ]}
    />
  );
}

function Status({ mirror }: { mirror: Mirror }) {
  const alone = mirror.images.length === 0 ? "warning" : "success";
  return (
    <Label isCompact status={mirror.faulted ? "danger" : alone}>
      {mirror.status}
    </Label>
  );
}
