import { Button, Flex, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Pool } from "../api/client";
import { useImages, useJobs } from "../api/queries";
import type { components } from "../api/schema";
import { bytes } from "../i18n";
import { JobButtons } from "../jobs/JobButtons";
import { Ask } from "../parts/Ask";
import { Listing } from "../parts/Listing";
import { ImportDialog } from "./ImportDialog";
import { Uploads } from "./Uploads";

type Image = components["schemas"]["ImageDocument"];
type Asked = { what: "import" } | { what: "approve" | "delete"; image: Image };

function operation(pool: Pool, { name }: Image, verb: "approve" | "delete"): Operation {
  const path = `/pools/${pool.id}/images/${name}`;
  const cli = millpond("image", verb, pool.name, name);
  return verb === "delete"
    ? { method: "DELETE", path, cli }
    : { method: "POST", path: `${path}/approve`, cli };
}

/** What was imported, and what is on its way. */
export function Images({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  return (
    <>
      <Uploads pool={pool} />
      <Listing
        query={useImages(pool.id)}
        none={t("templates.noImages")}
        hint={t("templates.noImagesBody")}
        action={
          <Button
            variant="secondary"
            className="pf-v6-u-mt-md"
            onClick={() => setAsked({ what: "import" })}
          >
            {t("templates.import")}
          </Button>
        }
        label={`${t("templates.images")}: ${pool.name}`}
        id={(one) => one.id}
        columns={[
          { key: "image", title: t("templates.images"), by: (one) => one.name },
          {
            key: "kind",
            title: t("templates.kind"),
            by: (one) => one.kind,
            cell: (one) => `${one.kind} (${one.format})`,
          },
          {
            key: "imageState",
            title: t("common.state"),
            by: (one) => one.state,
            cell: (one) => <State image={one} />,
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
            cell: (one) => <Actions image={one} ask={setAsked} />,
          },
        ]}
      />
      {asked?.what === "import" && <ImportDialog pool={pool} onClose={close} />}
      {(asked?.what === "approve" || asked?.what === "delete") && (
        <Ask
          danger={asked.what === "delete"}
          title={`${asked.what === "delete" ? t("common.delete") : t("templates.approve")}: ${asked.image.name}`}
          submit={asked.what === "delete" ? t("common.delete") : t("templates.approve")}
          operations={[operation(pool, asked.image, asked.what)]}
          onClose={close}
        >
          <p>
            {asked.what === "delete"
              ? t("templates.deleteImageLoss")
              : t("templates.approveLoss", { sum: asked.image.facts?.sha256 ?? "" })}
          </p>
        </Ask>
      )}
    </>
  );
}

function State({ image }: { image: Image }) {
  const { t } = useTranslation();
  const status = ({ importing: "info", pending: "warning", approved: "success" } as const)[
    image.state
  ];
  return (
    <Label isCompact status={status}>
      {t(`templates.states.${image.state}`)}
    </Label>
  );
}

function Actions({ image, ask }: { image: Image; ask: (asked: Asked) => void }) {
  const { t } = useTranslation();
  if (image.state === "importing") return <Importing image={image} />;
  return (
    <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
      {image.state === "pending" && (
        <Button
          variant="link"
          isInline
          aria-label={`${t("templates.approve")}: ${image.name}`}
          onClick={() => ask({ what: "approve", image })}
        >
          {t("templates.approve")}
        </Button>
      )}
      <Button
        variant="link"
        isInline
        isDanger
        aria-label={`${t("common.delete")}: ${image.name}`}
        onClick={() => ask({ what: "delete", image })}
      >
        {t("common.delete")}
      </Button>
    </Flex>
  );
}

/** An import goes on as a job, and is cancelled with it. */
function Importing({ image }: { image: Image }) {
  const jobs = useJobs({ subject: `image:${image.id}` }).data ?? [];
  return jobs.map((job) => <JobButtons key={job.id} job={job} />);
}
