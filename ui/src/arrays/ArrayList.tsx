import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useArrays } from "../api/arrays";
import { time } from "../i18n";
import { Heading } from "../parts/Heading";
import { Listing } from "../parts/Listing";
import { AddArray } from "./AddArray";

export default function ArrayList() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Heading title={t("arrays.title")} />
      <Listing
        query={useArrays()}
        none={t("arrays.none")}
        hint={t("arrays.noneBody")}
        action={<Button onClick={() => setAdding(true)}>{t("arrays.add")}</Button>}
        label={t("arrays.title")}
        id={(one) => one.id}
        columns={[
          {
            key: "name",
            title: t("common.name"),
            by: (one) => one.name,
            cell: (one) => <Link to={`/arrays/${one.id}`}>{one.name}</Link>,
          },
          {
            key: "kind",
            title: t("arrays.kind"),
            by: (one) => one.kind,
            cell: (one) => t(`arrays.kinds.${one.kind}`),
          },
          {
            key: "addresses",
            title: t("arrays.addresses"),
            cell: (one) => one.addresses.join(", "),
          },
          { key: "user", title: t("arrays.user"), cell: (one) => one.user },
          {
            key: "created",
            title: t("common.created"),
            by: (one) => one.created,
            cell: (one) => time(one.created),
          },
        ]}
      />
      {adding && <AddArray onClose={() => setAdding(false)} />}
    </>
  );
}
