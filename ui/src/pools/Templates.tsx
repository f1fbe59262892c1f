import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../api/client";
import { useTemplates } from "../api/queries";
import { bytes, mebibytes } from "../i18n";
import { Images } from "../images/Images";
import { Ask } from "../parts/Ask";
import { Heading } from "../parts/Heading";
import { Listing } from "../parts/Listing";
import { EachPool } from "./EachPool";

export default function Templates() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("nav.templates")} />
      <EachPool>
        {(pool) => (
          <>
            <OfPool pool={pool} />
            <Images pool={pool} />
          </>
        )}
      </EachPool>
    </>
  );
}

function OfPool({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [deleting, setDeleting] = useState<string>();
  return (
    <>
      <Listing
        query={useTemplates(pool.id)}
        none={t("templates.noTemplates")}
        hint={t("templates.noTemplatesBody")}
        label={`${t("templates.title")}: ${pool.name}`}
        id={(one) => one.name}
        columns={[
          { key: "name", title: t("templates.title"), by: (one) => one.name },
          {
            key: "memory",
            title: t("common.memory"),
            by: (one) => one.memory,
            cell: (one) => mebibytes(one.memory),
          },
          { key: "vcpus", title: t("common.vcpus"), by: (one) => one.vcpus },
          {
            key: "disks",
            title: t("vms.disks"),
            cell: (one) => one.disks.map((disk) => `${disk.target} ${bytes(disk.size)}`).join(", "),
          },
          {
            key: "description",
            title: t("common.description"),
            cell: (one) => one.description,
          },
          {
            key: "actions",
            title: t("common.actions"),
            cell: ({ name }) => (
              <Button
                variant="link"
                isInline
                isDanger
                aria-label={`${t("common.delete")}: ${name}`}
                onClick={() => setDeleting(name)}
              >
                {t("common.delete")}
              </Button>
            ),
          },
        ]}
      />
      {deleting && (
        <Ask
          danger
          title={`${t("common.delete")}: ${deleting}`}
          submit={t("common.delete")}
          onClose={() => setDeleting(undefined)}
          typed={deleting}
          operations={[
            {
              method: "DELETE",
              path: `/pools/${pool.id}/templates/${deleting}`,
              cli: millpond("template", "delete", pool.name, deleting),
            },
          ]}
        >
          <p>{t("templates.deleteTemplateLoss")}</p>
        </Ask>
      )}
    </>
  );
}
