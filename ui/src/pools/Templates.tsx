import { Button } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { millpond, type Pool } from "../api/client";
import { useImages, useTemplates } from "../api/queries";
import { useRun } from "../app/run";
import { bytes, mebibytes } from "../i18n";
import { DataTable } from "../parts/DataTable";
import { Empty } from "../parts/Empty";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
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
  return (
    <Loaded query={useTemplates(pool.id)}>
      {(templates) =>
        templates.length === 0 ? (
          <Empty title={t("templates.noTemplates")}>{t("templates.noTemplatesBody")}</Empty>
        ) : (
          <DataTable
            label={`${t("templates.title")}: ${pool.name}`}
            rows={templates}
            id={(one) => one.name}
            columns={[
              {
                key: "name",
                title: t("templates.title"),
                by: (one) => one.name,
              },
              {
                key: "memory",
                title: t("common.memory"),
                by: (one) => one.memory,
                cell: (one) => mebibytes(one.memory),
              },
              {
                key: "vcpus",
                title: t("common.vcpus"),
                by: (one) => one.vcpus,
              },
              {
                key: "disks",
                title: t("vms.disks"),
                cell: (one) =>
                  one.disks.map((disk) => `${disk.target} ${bytes(disk.size)}`).join(", "),
              },
              {
                key: "description",
                title: t("common.description"),
                cell: (one) => one.description,
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}

function Images({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const run = useRun();
  const approve = (name: string) =>
    run({
      method: "POST",
      path: `/pools/${pool.id}/images/${name}/approve`,
      cli: millpond("image", "approve", pool.name, name),
    });
  return (
    <Loaded query={useImages(pool.id)}>
      {(images) =>
        images.length === 0 ? (
          <Empty title={t("templates.noImages")}>{t("templates.noImagesBody")}</Empty>
        ) : (
          <DataTable
            label={`${t("templates.images")}: ${pool.name}`}
            rows={images}
            id={(one) => one.id}
            columns={[
              {
                key: "image",
                title: t("templates.images"),
                by: (one) => one.name,
              },
              {
                key: "kind",
                title: t("templates.kind"),
                by: (one) => one.kind,
                cell: (one) => `${one.kind} (${one.format})`,
              },
              {
                key: "state",
                title: t("common.state"),
                by: (one) => one.state,
              },
              {
                key: "size",
                title: t("common.size"),
                cell: (one) => one.facts && bytes(one.facts.virtual_size),
              },
              { key: "source", title: t("vms.source"), cell: (one) => <code>{one.source}</code> },
              {
                key: "actions",
                title: t("common.actions"),
                cell: (one) =>
                  one.state === "pending" && (
                    <Button variant="link" isInline onClick={() => approve(one.name)}>
                      {t("templates.approve")}
                    </Button>
                  ),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}
